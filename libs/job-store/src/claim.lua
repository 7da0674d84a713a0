-- @include "base"
-- @include "chunk"
-- @include "task"
-- @include "input"
-- Takes the slices of a task over, whoever had them: raises each attempt and answers the present todo with its input.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task  4.. job, chunk, generation of each slice
-- Returns per slice {'gone'} | {'run', attempt, tries, workers that vanished, call fields..., todo, ranges}
-- Publishes wake of a job that starts

local tenant, pool, id = ARGV[1], ARGV[2], ARGV[3]
local now = now_ms()
local task = read_task(tenant, pool, id)
local CALL_FIELDS = { 'state', 'kind', 'function', 'constants', 'wire', 'timeoutMs', 'attempts', 'backoff', 'results', 'startedAt', 'running', 'slots', 'input' }

local function start(key, job, r, slice)
  if not r.startedAt then
    redis.call('HSET', key, 'startedAt', now, 'state', r.input == 'open' and 'loading' or 'running')
    tell(tenant, job)
  end
  if slice[4] == 'c' then return end
  local running = redis.call('HINCRBY', key, 'running', 1)
  if running > number(r.slots, 0) then redis.call('HSET', key, 'slots', running) end
end

local function claim(job, chunk, generation)
  local slice = task and find_slice(task, job, chunk)
  if not slice or slice[4] == 'd' or slice[3] ~= generation then return { 'gone' } end
  local key = job_key(tenant, job, 'record')
  local r = fields(key, CALL_FIELDS)
  local record = read_chunk(tenant, job, chunk)
  if not record or not r.state or is_ended(r.state) then
    end_slice(tenant, slice, now)
    return { 'gone' }
  end
  if slice[4] == 'c' then record.v = record.v + 1 end
  record.a = record.a + 1
  write_chunk(tenant, job, chunk, record)
  start(key, job, r, slice)
  slice[4] = 'c'
  redis.call('HINCRBY', key, 'chunkAttempts', 1)
  local spec = { r.kind, r['function'], r.constants or '', r.wire, r.timeoutMs or '', r.attempts or '1', r.backoff or '', r.results }
  return { 'run', record.a, record.t, record.v, spec, record.d, ranges_of(tenant, job, record.d) }
end

local claims = {}
for i = 4, #ARGV, 3 do claims[#claims + 1] = claim(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])) end
if task then
  task.c = now
  write_task(tenant, pool, id, task)
end
return claims
