-- @include "fill"
-- @include "finish"
-- @include "input"
-- Settles items of a task's slices: refuses a stale attempt, writes the parts, counts what it moved out of todo, refills.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task  4 build
--       5 JSON array of slices: {job, chunk, attempt, final, parts: [[from, to, failed positions' count]...], failed: [[index, json]...],
--         faults: [[key, count, first index]...], again: [[from, to]...], delay, itemUs, cpuUs}
--       6.. one part each: header line and lines
-- Returns {[per slice: 'ok' | 'stale' | 'ended' | 'gone'], tasks, ms until a retry made here is due or -1}
-- Publishes wake for each job with a new part
-- A resend finds its items out of todo already, stores nothing, and is answered with every unclaimed task.

local tenant, pool, id = ARGV[1], ARGV[2], ARGV[3]
local build = ARGV[4]
local slices = cjson.decode(ARGV[5])
local now = now_ms()
local task = read_task(tenant, pool, id)
local next_blob = 6
local resent, due_in = false, -1
local FAULTS = 16
local TOLD_BYTES = 4096            -- a result up to this size comes along with the news of its job's end

local function store_part(key, job, results, from, to, blob)
  if results == 'discard' then return end
  local part = digits(redis.call('HINCRBY', key, 'nextPart', 1) - 1)
  local member = table.concat({ part, digits(from), digits(to), digits(#blob) }, ':')
  redis.call('HSET', job_key(tenant, job, 'parts'), part, blob)
  redis.call('ZADD', job_key(tenant, job, 'order'), digits(from), member)
  redis.call('ZADD', job_key(tenant, job, 'log'), number(redis.call('HGET', key, 'done'), 0), member)
  redis.call('HINCRBY', key, 'bytesOut', #blob)
  redis.call('HINCRBY', key, 'bytesKept', #blob)
end

local function count_faults(job, faults)
  local key = job_key(tenant, job, 'faults')
  for _, fault in ipairs(faults) do
    local stored = redis.call('HGET', key, fault[1])
    local count, first = string.match(stored or '0 0', '^(%d+) (%d+)$')
    if stored or redis.call('HLEN', key) < FAULTS then
      first = stored and math.min(tonumber(first), fault[3]) or fault[3]
      redis.call('HSET', key, fault[1], digits(tonumber(count) + fault[2]) .. ' ' .. digits(first))
    end
  end
end

local function measure(key, name, slice, settled)
  redis.call('HINCRBY', key, 'itemUs', slice.itemUs)
  redis.call('HINCRBY', key, 'cpuUs', slice.cpuUs)
  if settled == 0 then return end
  local times, mine = group_key('functionTimes'), slice.itemUs / settled
  local mean, count = string.match(redis.call('HGET', times, name) or '', '^(%S+) (%d+)$')
  local weight = count and math.max(0.2, 1 / (tonumber(count) + 1)) or 1
  redis.call('HSET', times, name, string.format('%.3f %.0f', mine * weight + number(mean, 0) * (1 - weight), math.min(1e6, number(count, 0) + settled)))
end

local function note_build(key, builds)
  if string.find(' ' .. (builds or '') .. ' ', ' ' .. build .. ' ', 1, true) then return end
  redis.call('HSET', key, 'builds', builds and builds .. ' ' .. build or build)
end

-- A chunk of its own for items that get another try: after `delay` ms in `due`, without credit; at once for work that is handed back.
local function put_again(key, job, todo, tries, delay)
  local chunk = digits(redis.call('HINCRBY', key, 'nextChunk', 1) - 1)
  write_chunk(tenant, job, chunk, { g = 1, a = 0, t = tries, v = 0, d = todo })
  if delay > 0 then
    await('retry', job_member(tenant, job) .. ' ' .. chunk, now + delay)
    redis.call('HINCRBY', key, 'due', 1)
    due_in = due_in < 0 and delay or math.min(due_in, delay)
  else
    redis.call('RPUSH', job_key(tenant, job, 'again'), chunk)
    enter_ring(tenant, pool, job)
  end
end

local function flatten(runs)
  local flat = {}
  for _, run in ipairs(runs) do flat[#flat + 1] = run[1]; flat[#flat + 1] = run[2] end
  return flat
end

-- Moves [from, to) out of the record's todo; false when it was not all there (a resend).
local function move_out(record, from, to)
  local rest, taken = without(record.d, from, to)
  if taken < to - from then resent = true; return false end
  record.d = rest
  return true
end

local function settle_parts(key, job, slice, record, results)
  local settled = 0
  for _, part in ipairs(slice.parts) do
    local blob = ARGV[next_blob]
    next_blob = next_blob + 1
    if move_out(record, part[1], part[2]) then
      store_part(key, job, results, part[1], part[2], blob)
      redis.call('HINCRBY', key, 'done', part[2] - part[1])
      if part[3] > 0 then redis.call('HINCRBY', key, 'failed', part[3]) end
      consume_input(tenant, job, part[1], part[2])
      settled = settled + part[2] - part[1]
    end
  end
  return settled
end

local function settle_again(key, job, slice, record)
  local todo = {}
  for _, run in ipairs(slice.again) do
    if move_out(record, run[1], run[2]) then todo[#todo + 1] = run end
  end
  if #todo > 0 then put_again(key, job, flatten(todo), record.t + 1, slice.delay) end
end

-- What is left of a slice whose worker is through: a chunk without todo goes, an unfinished one is handed back.
local function close_slice(key, job, slice, record)
  local out = task and find_slice(task, job, slice.chunk)
  if out then end_slice(tenant, out, now) end
  redis.call('HDEL', job_key(tenant, job, 'chunks'), slice.chunk)
  if #record.d > 0 then put_again(key, job, record.d, record.t, 0) end
end

local function skip(slice, answer)
  next_blob = next_blob + #slice.parts
  local out = task and find_slice(task, slice.job, slice.chunk)
  if slice.final and out and answer ~= 'stale' then end_slice(tenant, out, now) end
  resent = resent or answer == 'gone'
  return answer
end

local function settle(slice)
  local job = slice.job
  local key = job_key(tenant, job, 'record')
  local r = fields(key, { 'state', 'results', 'builds', 'function' })
  if not r.state or is_ended(r.state) then return skip(slice, 'ended') end
  local record = read_chunk(tenant, job, slice.chunk)
  if not record then return skip(slice, 'gone') end
  if record.a ~= slice.attempt then return skip(slice, 'stale') end
  local blob = ARGV[next_blob]
  local told = #slice.parts == 1 and #blob <= TOLD_BYTES and blob or nil
  local settled = settle_parts(key, job, slice, record, r.results)
  if settled > 0 then
    for _, row in ipairs(slice.failed) do redis.call('ZADD', job_key(tenant, job, 'failed'), digits(row[1]), row[2]) end
    count_faults(job, slice.faults)
    measure(key, r['function'], slice, settled)
    note_build(key, r.builds)
  end
  settle_again(key, job, slice, record)
  if slice.final then close_slice(key, job, slice, record) else write_chunk(tenant, job, slice.chunk, record) end
  finish_if_over(tenant, job, now, told)
  if settled > 0 and not is_ended(redis.call('HGET', key, 'state')) then tell(tenant, job) end
  return 'ok'
end

local answers, tasks = {}, {}
for i, slice in ipairs(slices) do answers[i] = settle(slice) end
if task then write_task(tenant, pool, id, task) end
if resent then unclaimed_tasks(tenant, pool, tasks) end
fill(tenant, pool, now, tasks)
return { answers, tasks, due_in }
