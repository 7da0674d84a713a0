-- @include "fill"
-- @include "finish"
-- @include "nested"
-- @include "purge"
-- @include "session"
-- @include "workers"
-- One round of the reconciler: ends what a crash left, promotes retries, sweeps, refills, and names tasks that may be in no queue.
-- KEYS  1 group base
-- ARGV  1 longest ms until the next round  2 1 = run even if no round is due  3 ms after which an unclaimed task is suspect  4 the same for a claimed one
--       5 ms after which a silent worker is gone; an idle fleet takes twice ARGV 1
-- Returns {ran (0 | 1), tasks, [tenant, pool, task, seen at ...] suspects, ms until the next round is due, "schedule|then <tenant> <id>" of what the caller is to fire}
-- Publishes wake (end) of jobs it ends

local now, tasks, suspects, fires = now_ms(), {}, {}, {}
local due_at = number(redis.call('GET', group_key('tick')), 0)
if now < due_at and ARGV[2] ~= '1' then return { 0, tasks, suspects, due_at - now, fires } end

local BATCH = 200
local FIRE_AGAIN_MS = math.min(10000, tonumber(ARGV[4]))

local function end_job(state, code, message, name)
  return function(member)
    local tenant, job = split(member)
    finish(tenant, job, state, cjson.encode({ name = name or 'ManyhandsError', code = code, message = message }), now)
    if code == 'input-aborted' then release_key(tenant, job) end
  end
end

-- A job with a ready retry goes back into the ring of its pool.
local function retry(member)
  local tenant, job, chunk = string.match(member, '^(%S+) (%S+) (%S+)$')
  if redis.call('HEXISTS', job_key(tenant, job, 'chunks'), chunk) == 0 then return end
  local record = record_of(tenant, job)
  add(record, 'due', -1)
  redis.call('RPUSH', job_key(tenant, job, 'again'), chunk)
  enter_ring(tenant, record.pool, job)
end

-- A job whose time has come.
local function start(member)
  local tenant, job = split(member)
  local record = record_of(tenant, job)
  set(record, 'notBefore', 0)
  if record.fed < record.total then enter_ring(tenant, record.pool, job) end
end

-- Its pool is busy: it is refilled below.
local function feed() end

-- What no script can do is told to the caller, and told again until somebody says that it is done.
local function fire(what)
  return function(member)
    fires[#fires + 1] = what .. ' ' .. member
    await(what, member, now + FIRE_AGAIN_MS)
  end
end

-- What a job that ended early had submitted ends with it; children of children in the next round.
local function cascade(member)
  local tenant, job = split(member)
  end_children(tenant, job, '-inf', '+inf', now)
end

-- A child of such a job, or of a failed item, that was not ended at once.
local function orphan(member)
  local tenant, job = split(member)
  end_child(tenant, job, now)
end

local function is_awaited(tenant, job, member)
  local record = record_of(tenant, job)
  return record and is_to_tell(tenant, job, record.state) or redis.call('ZSCORE', group_key('agenda'), 'then ' .. member)
end

-- A job of very many blocks is purged over several rounds; one that names what follows it, or whom to tell, stays until that is done.
local function sweep(member)
  local tenant, job = split(member)
  if is_awaited(tenant, job, member) then return await('sweep', member, now + FIRE_AGAIN_MS) end
  if not purge(tenant, job) then await('sweep', member, now) end
end

-- The worker that began this process, if it has fallen silent.
local function silent_worker_of(tenant, job)
  local r = fields(job_key(tenant, job, 'record'), { 'worker', 'state' })
  if not r.worker or is_ended(r.state) or redis.call('ZSCORE', group_key('workersSeen'), r.worker) then return nil end
  return r.worker
end

-- No other worker had room to find it, and its own has not come back.
local function lose(member)
  local worker = silent_worker_of(split(member))
  local message = 'The process was lost: worker ' .. (worker or '') .. ' has fallen silent'
  if worker then end_job('failed', 'process-lost', message, 'ProcessLostError')(member) end
end

local on_due = {
  loader = end_job('cancelled', 'input-aborted', 'the input stopped: its loader has not been heard of'),
  deadline = end_job('failed', 'deadline-exceeded', 'the job ran longer than its deadlineMs'),
  reader = end_job('failed', 'no-reader', 'nobody has read the results for 10 minutes'),
  retry = retry,
  start = start,
  feed = feed,
  session = function(member)
    local tenant, session = split(member)
    end_session(tenant, session, now)
  end,
  schedule = fire('schedule'),
  ['then'] = fire('then'),
  cascade = cascade,
  orphan = orphan,
  lost = lose,
  sweep = sweep,
}

local function do_overdue()
  local agenda = redis.call('ZRANGEBYSCORE', group_key('agenda'), '-inf', now, 'LIMIT', 0, BATCH)
  if #agenda > 0 then redis.call('ZREM', group_key('agenda'), unpack(agenda)) end
  for _, row in ipairs(agenda) do
    local what, member = split(row)
    on_due[what](member)
  end
end

-- One that was kept by its worker, not by the queue, is renewed twice a lease.
local function patience_of(task)
  if not task.c then return tonumber(ARGV[3]) end
  return task.kept and ARGV[4] / 2 or tonumber(ARGV[4])
end

local function suspect_tasks(tenant, pool, rows)
  for i = 1, #rows, 2 do
    local task = cmsgpack.unpack(rows[i + 1])
    if now - (task.c or task.at) > patience_of(task) then
      for _, word in ipairs({ tenant, pool, rows[i], digits(task.c or task.at) }) do suspects[#suspects + 1] = word end
    end
  end
end

-- A worker that was cut off may come back: it is given as long as its tasks.
local function watch_processes(tenant, rows)
  for i = 1, #rows, 2 do
    local job = cmsgpack.unpack(rows[i + 1]).s[1][1]
    local member = job_member(tenant, job)
    local awaited = redis.call('ZSCORE', group_key('agenda'), 'lost ' .. member)
    if not awaited and silent_worker_of(tenant, job) then await('lost', member, now + ARGV[4]) end
  end
end

local function refill(member)
  local tenant, pool = split(member)
  fill(tenant, pool, now, tasks)
  local rows = redis.call('HGETALL', pool_key(tenant, pool, 'out'))
  suspect_tasks(tenant, pool, rows)
  if pool == PROCESS_POOL then watch_processes(tenant, rows) end
  if #rows == 0 and not has_waiting(tenant, pool) then redis.call('SREM', group_key('busyPools'), member) end
end

drop_silent_workers(now, tonumber(ARGV[5]))
do_overdue()
commit()
local busy = redis.call('SMEMBERS', group_key('busyPools'))
for _, member in ipairs(busy) do refill(member) end

local first = redis.call('ZRANGE', group_key('agenda'), 0, 0, 'WITHSCORES')
local longest = tonumber(ARGV[1]) * (#busy > 0 and 1 or 2)
local wait = math.min(longest, first[2] and math.max(0, tonumber(first[2]) - now) or math.huge)
redis.call('SET', group_key('tick'), now + wait)
return { 1, tasks, suspects, wait, fires }
