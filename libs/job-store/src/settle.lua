-- @include "fill"
-- @include "finish"
-- @include "input"
-- @include "nested"
-- Settles items of a task's slices: refuses a stale attempt, writes the parts, counts what it moved out of todo, refills.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task  4 build
--       5 JSON array of slices: {job, chunk, attempt, final, parts: [[from, to, failed positions' count]...], failed: [[index, json, the end of what it wrote if anything]...],
--         faults: [[key, count, first index]...], again: [[from, to]...], delay, itemUs, cpuUs}
--       6.. one part each: header line and lines
-- Returns {[per slice: 'ok' | 'split' | 'stale' | 'ended' | 'gone'], tasks, ms until a retry made here is due or -1}
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
local TAILS = 1024
local TOLD_EVERY_MS = 250
local TOLD_BYTES = 4096            -- a result up to this size comes along with the news of its job's end

local function store_part(record, job, from, to, blob)
  if record.results == 'discard' then return end
  local part = digits(record.nextPart)
  local member = table.concat({ part, digits(from), digits(to), digits(#blob) }, ':')
  redis.call('HSET', job_key(tenant, job, 'parts'), part, blob)
  redis.call('ZADD', job_key(tenant, job, 'order'), digits(from), member)
  redis.call('ZADD', job_key(tenant, job, 'log'), digits(record.done), member)
  add(record, 'nextPart', 1)
  add(record, 'bytesOut', #blob)
  add(record, 'bytesKept', #blob)
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

local function measure(record, slice, settled)
  add(record, 'itemUs', slice.itemUs)
  add(record, 'cpuUs', slice.cpuUs)
  local name, mine = record['function'], slice.itemUs / settled
  local known = time_of(name) or { mean = 0, count = 0 }
  local weight = math.max(0.2, 1 / (known.count + 1))
  set_time(name, mine * weight + known.mean * (1 - weight), math.min(1e6, known.count + settled))
end

local function note_build(record)
  local builds = record.builds
  if string.find(' ' .. (builds or '') .. ' ', ' ' .. build .. ' ', 1, true) then return end
  set(record, 'builds', builds and builds .. ' ' .. build or build)
end

-- A chunk of its own for items that get another try: after `delay` ms in `due`, without credit; at once for work that is handed back.
local function put_again(record, job, todo, tries, delay)
  local chunk = digits(record.nextChunk)
  add(record, 'nextChunk', 1)
  write_chunk(tenant, job, chunk, { g = 1, a = 0, t = tries, v = 0, d = todo })
  if delay > 0 then
    await('retry', job_member(tenant, job) .. ' ' .. chunk, now + delay)
    add(record, 'due', 1)
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

-- Moves [from, to) out of a chunk's todo; false when it was not all there (a resend).
local function move_out(chunk, from, to)
  local rest, taken = without(chunk.d, from, to)
  if taken < to - from then resent = true; return false end
  chunk.d = rest
  return true
end

-- Stores the parts whose items stood in todo; returns how many items these were.
local function settle_parts(record, slice, chunk)
  local before = record.done
  for _, part in ipairs(slice.parts) do
    local blob = ARGV[next_blob]
    next_blob = next_blob + 1
    part.moved = move_out(chunk, part[1], part[2])
    if part.moved then
      store_part(record, slice.job, part[1], part[2], blob)
      add(record, 'done', part[2] - part[1])
      add(record, 'failed', part[3])
    end
  end
  return record.done - before
end

local function settle_again(record, slice, chunk)
  local todo = {}
  for _, run in ipairs(slice.again) do
    if move_out(chunk, run[1], run[2]) then todo[#todo + 1] = run end
  end
  if #todo == 0 then return end
  end_children_of(tenant, slice.job, flatten(todo), now)
  put_again(record, slice.job, flatten(todo), chunk.t + 1, slice.delay)
end

-- As many pieces as there are processes, unless the caller chose the size.
local function hand_back(record, job, chunk)
  local count = count_todo(chunk.d)
  local size = record.chunkSize > 0 and count or math.ceil(count / processes_of(tenant, pool))
  while #chunk.d > 0 do
    local piece, rest = first_of(chunk.d, size)
    put_again(record, job, piece, chunk.t, 0)
    chunk.d = rest
  end
end

-- Whether the rest of a chunk would be done sooner by others: it takes far longer than chunks should, and there are idle processes.
local function is_for_others(record, chunk)
  if record.chunkSize > 0 or is_ended(record.state) or not task or not task.c or (now - task.c) * 1000 < 2 * CHUNK_US then return false end
  local left = count_todo(chunk.d)
  return left > 1 and left * (mean_us(record) or 0) > 2 * TAIL_US and taken_of(tenant, pool) < processes_of(tenant, pool)
end

-- What is left of a slice whose worker is through: a chunk without todo goes, an unfinished one is handed back.
local function close_slice(record, slice, chunk)
  local out = task and find_slice(task, slice.job, slice.chunk)
  if out then end_slice(tenant, out, now) end
  redis.call('HDEL', job_key(tenant, slice.job, 'chunks'), slice.chunk)
  end_children_of(tenant, slice.job, chunk.d, now)
  if #chunk.d > 0 then hand_back(record, slice.job, chunk) end
end

local function skip(slice, answer)
  next_blob = next_blob + #slice.parts
  local out = task and find_slice(task, slice.job, slice.chunk)
  if slice.final and out and answer ~= 'stale' then end_slice(tenant, out, now) end
  resent = resent or answer ~= 'stale'
  return answer
end

-- Of some failed items, so that a job of millions stays small.
local function keep_tail(job, index, tail)
  local key = job_key(tenant, job, 'tails')
  if redis.call('HLEN', key) < TAILS then redis.call('HSET', key, digits(index), tail) end
end

local function note_failure(record, job, index)
  redis.call('RPUSH', job_key(tenant, job, 'failures'), index)
  if record.session then tell_session(tenant, record.session, job, 'item', index) end
end

local function note_failures(record, job, slice)
  for _, row in ipairs(slice.failed) do
    local is_new = redis.call('ZADD', job_key(tenant, job, 'failed'), digits(row[1]), row[2]) == 1
    if is_new then note_failure(record, job, digits(row[1])) end
    if row[3] then keep_tail(job, row[1], row[3]) end
  end
  count_faults(job, slice.faults)
end

-- Nobody waits any more for what a failed item had submitted.
local function orphan(record, slice)
  if not record.nested then return end
  for _, row in ipairs(slice.failed) do end_children(tenant, slice.job, row[1], row[1], now) end
end

-- Whoever follows its session hears how far it is, at most so often.
local function tell_follower(record, job)
  if not record.session or now - record.toldAt < TOLD_EVERY_MS then return end
  set(record, 'toldAt', now)
  local total = record.input == 'ended' and record.total or cjson.null
  local items = { total = total, done = record.done, failed = record.failed }
  tell_session(tenant, record.session, job, 'progress', cjson.encode({ state = record.state, items = items }))
end

-- How far it is; whoever sends it keeps the row until the next one may be sent.
local function tell_progress(record, job)
  if record.tells ~= 'progress' then return end
  local is_new = redis.call('ZADD', group_key('outbox'), 'NX', now, job_member(tenant, job) .. ' progress')
  if is_new == 1 then redis.call('PUBLISH', group_key('control'), 'outbox') end
end

-- The input of an ended job has gone as a whole.
local function free_settled(record, slice)
  if is_ended(record.state) then return end
  for _, part in ipairs(slice.parts) do
    if part.moved then consume_input(tenant, slice.job, part[1], part[2]) end
  end
  tell(tenant, slice.job)
  tell_progress(record, slice.job)
  tell_follower(record, slice.job)
end

-- A call that came with its task (docs/adr/0012) is claimed here: nobody has claimed it, and its task is out.
local function begin(record, slice)
  local out = task and find_slice(task, slice.job, slice.chunk)
  if not out or out[4] ~= 'q' then return false end
  begin_slice(record, out, now)
  return true
end

local function settle(slice)
  local job, record = slice.job, record_of(tenant, slice.job)
  if not record or is_ended(record.state) then return skip(slice, 'ended') end
  local chunk = read_chunk(tenant, job, slice.chunk)
  if not chunk then return skip(slice, 'gone') end
  if chunk.a ~= slice.attempt then return skip(slice, 'stale') end
  if slice.attempt == 0 and not begin(record, slice) then return skip(slice, 'stale') end
  local blob = ARGV[next_blob]
  local told = #slice.parts == 1 and record.results ~= 'discard' and #blob <= TOLD_BYTES and blob or nil
  local settled = settle_parts(record, slice, chunk)
  if settled > 0 then
    note_failures(record, job, slice)
    measure(record, slice, settled)
    note_build(record)
  end
  settle_again(record, slice, chunk)
  orphan(record, slice)
  if slice.final then close_slice(record, slice, chunk) else write_chunk(tenant, job, slice.chunk, chunk) end
  finish_if_over(tenant, job, now, told)
  if settled > 0 then free_settled(record, slice) end
  slice.open = not slice.final and chunk
  return 'ok'
end

local answers, tasks = {}, {}
for i, slice in ipairs(slices) do answers[i] = settle(slice) end
if task then write_task(tenant, pool, id, task) end
if resent then unclaimed_tasks(tenant, pool, tasks) end
fill(tenant, pool, now, tasks)
for i, slice in ipairs(slices) do
  if slice.open and is_for_others(record_of(tenant, slice.job), slice.open) then answers[i] = 'split' end
end
return { answers, tasks, due_in }
