-- @include "fill"
-- @include "input"
-- @include "nested"
-- Takes the slices of a task over, whoever had them: raises each attempt and answers the present todo with its input.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task  4 worker  5.. job, chunk, generation of each slice
-- Returns {tasks, [per slice], {version, initializer, its arguments, their wire, maxTasksPerChild} of a pool with processes of its own, else {}}; a slice is {'gone'} | {'run', attempt, tries, workers that vanished, call fields..., todo, ranges}
-- Publishes wake (end) of what items of a vanished worker had submitted

local tenant, pool, id, worker = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now = now_ms()
local task = read_task(tenant, pool, id)

local function call_of(record, job)
  local more = fields(job_key(tenant, job, 'record'), { 'constants', 'retryOn', 'noRetryOn' })
  return { record.kind, record['function'], more.constants or '', record.wire, record.timeoutMs or '', record.attempts or '1',
    record.backoff or '', record.results, more.retryOn or '', more.noRetryOn or '' }
end

local is_taken_over = false

local function claim(job, name, generation)
  local slice = task and find_slice(task, job, name)
  if not slice or slice[4] == 'd' or slice[3] ~= generation then return { 'gone' } end
  local record, chunk = record_of(tenant, job), read_chunk(tenant, job, name)
  if not chunk or not record or is_ended(record.state) then
    end_slice(tenant, slice, now)
    return { 'gone' }
  end
  -- a claim that is sent again by the same worker is no sign of a death
  if slice[4] == 'c' and chunk.w ~= worker then
    is_taken_over = true
    chunk.v = chunk.v + 1
    end_children_of(tenant, job, chunk.d, now)
  end
  chunk.w = worker
  chunk.a = chunk.a + 1
  write_chunk(tenant, job, name, chunk)
  begin_slice(record, slice, now)
  return { 'run', chunk.a, chunk.t, chunk.v, call_of(record, job), chunk.d, ranges_of(tenant, job, chunk.d) }
end

local claims, tasks = {}, {}
for i = 5, #ARGV, 3 do claims[#claims + 1] = claim(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])) end
if task then
  -- parked by a worker that has lost it
  if is_taken_over then unpark(tenant, pool, id, task) end
  task.c = now
  write_task(tenant, pool, id, task)
end
fill(tenant, pool, now, tasks)
local own = {}
if has_own_processes(tenant, pool) then
  local r = pool_of(tenant, pool)
  own = { r.version or '0', r.initializer or '', r.initArgs or '[]', r.initWire or 'plain', r.maxTasksPerChild or '' }
end
return { tasks, claims, own }
