-- @include "fill"
-- @include "finish"
-- @include "purge"
-- One round of the reconciler: ends what a crash left, promotes retries, sweeps, refills, and names tasks that may be in no queue.
-- KEYS  1 group base
-- ARGV  1 ms that must lie between two rounds  2 ms after which an unclaimed task is suspect  3 the same for a claimed one
-- Returns {ran (0 | 1), tasks, [tenant, pool, task, seen at ...] suspects, ms until something is due or -1}
-- Publishes wake (end) of jobs it ends

local now, tasks, suspects = now_ms(), {}, {}
if now - number(redis.call('GET', group_key('tick')), 0) < tonumber(ARGV[1]) then return { 0, tasks, suspects, -1 } end
redis.call('SET', group_key('tick'), now)

local BATCH = 100
local touched = {}

local function overdue(name)
  local members = redis.call('ZRANGEBYSCORE', group_key(name), '-inf', now, 'LIMIT', 0, BATCH)
  if #members > 0 then redis.call('ZREM', group_key(name), unpack(members)) end
  return members
end

local function end_overdue(name, state, code, message)
  for _, member in ipairs(overdue(name)) do
    local tenant, job = split(member)
    finish(tenant, job, state, cjson.encode({ name = 'ManyhandsError', code = code, message = message }), now)
  end
end

-- A job with a ready retry goes back into the ring of its pool.
local function promote_due()
  for _, member in ipairs(overdue('due')) do
    local tenant, job, chunk = string.match(member, '^(%S+) (%S+) (%S+)$')
    local key = job_key(tenant, job, 'record')
    if redis.call('HEXISTS', job_key(tenant, job, 'chunks'), chunk) == 1 then
      redis.call('HINCRBY', key, 'due', -1)
      redis.call('RPUSH', job_key(tenant, job, 'again'), chunk)
      enter_ring(tenant, redis.call('HGET', key, 'pool'), job)
    end
  end
end

local function sweep()
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', group_key('sweep'), '-inf', now, 'LIMIT', 0, BATCH)) do
    local tenant, job = split(member)
    purge(tenant, job)
  end
end

local function suspect_tasks(tenant, pool, rows)
  for i = 1, #rows, 2 do
    local task = cmsgpack.unpack(rows[i + 1])
    if now - (task.c or task.at) > tonumber(task.c and ARGV[3] or ARGV[2]) then
      for _, word in ipairs({ tenant, pool, rows[i], digits(task.c or task.at) }) do suspects[#suspects + 1] = word end
    end
  end
end

local function refill(member)
  local tenant, pool = split(member)
  fill(tenant, pool, now, tasks)
  local rows = redis.call('HGETALL', pool_key(tenant, pool, 'out'))
  suspect_tasks(tenant, pool, rows)
  if #rows == 0 and redis.call('LLEN', pool_key(tenant, pool, 'ring')) == 0 then redis.call('SREM', group_key('busyPools'), member) end
end

local function soonest()
  local due = -1
  for _, name in ipairs({ 'loading', 'deadlines', 'due', 'sweep' }) do
    local first = redis.call('ZRANGE', group_key(name), 0, 0, 'WITHSCORES')
    local wait = first[2] and math.max(0, tonumber(first[2]) - now)
    if wait and (due < 0 or wait < due) then due = wait end
  end
  return due
end

end_overdue('loading', 'cancelled', 'input-aborted', 'the input stopped: its loader has not been heard of')
end_overdue('deadlines', 'failed', 'deadline-exceeded', 'the job ran longer than its deadlineMs')
end_overdue('readers', 'failed', 'no-reader', 'nobody has read the results for 10 minutes')
promote_due()
sweep()
for _, member in ipairs(redis.call('SMEMBERS', group_key('busyPools'))) do refill(member) end
return { 1, tasks, suspects, soonest() }
