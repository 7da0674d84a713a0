-- @include "record"
-- A task that is out: one unit of its pool's credit. at: when it was handed out; s: slices as {job, chunk, generation, state};
-- state is q (queued), c (claimed) or d (done). The credit comes back when every slice is done.

-- A parked task stays out without its credit: its function waits for nested work (docs/adr/0016). In `parked` its score is 0, then its
-- number in the line of those that want to go on. A pool that has none pays nothing for it; `parks`
-- in its record is the least depth of those that it has.
local function parked_score(tenant, pool, id)
  return pool_of(tenant, pool).parks and redis.call('ZSCORE', pool_key(tenant, pool, 'parked'), id) or nil
end

local function park(tenant, pool, id, depth)
  redis.call('ZADD', pool_key(tenant, pool, 'parked'), 0, id)
  local record = pool_of(tenant, pool)
  record.parks = digits(math.min(depth, number(record.parks, depth)))
  redis.call('HSET', pool_key(tenant, pool, 'record'), 'parks', record.parks)
end

local function want_to_go_on(tenant, pool, id)
  local parked = pool_key(tenant, pool, 'parked')
  local last = redis.call('ZREVRANGE', parked, 0, 0, 'WITHSCORES')
  redis.call('ZADD', parked, tonumber(last[2]) + 1, id)
end

local function unpark(tenant, pool, id)
  if not pool_of(tenant, pool).parks then return end
  local parked = pool_key(tenant, pool, 'parked')
  if redis.call('ZREM', parked, id) == 0 or redis.call('EXISTS', parked) == 1 then return end
  redis.call('HDEL', pool_key(tenant, pool, 'record'), 'parks')
  pool_of(tenant, pool).parks = false
end

-- Units of credit that are out.
local function taken_of(tenant, pool)
  local out = redis.call('HLEN', pool_key(tenant, pool, 'out'))
  return pool_of(tenant, pool).parks and out - redis.call('ZCARD', pool_key(tenant, pool, 'parked')) or out
end

local function read_task(tenant, pool, id)
  local packed = redis.call('HGET', pool_key(tenant, pool, 'out'), id)
  return packed and cmsgpack.unpack(packed)
end

local function drop_task(tenant, pool, id)
  redis.call('HDEL', pool_key(tenant, pool, 'out'), id)
  unpark(tenant, pool, id)
end

local function write_task(tenant, pool, id, task)
  for _, slice in ipairs(task.s) do
    if slice[4] ~= 'd' then
      redis.call('HSET', pool_key(tenant, pool, 'out'), id, cmsgpack.pack(task))
      return
    end
  end
  drop_task(tenant, pool, id)
end

local function find_slice(task, job, chunk)
  for _, slice in ipairs(task.s) do
    if slice[1] == job and slice[2] == chunk then return slice end
  end
end

-- One process more runs the job.
local function begin_slice(record, slice, now)
  add(record, 'chunkAttempts', 1)
  if not record.startedAt then
    set(record, 'startedAt', now)
    set(record, 'state', record.input == 'open' and 'loading' or 'running')
  end
  if slice[4] == 'c' then return end
  slice[4] = 'c'
  add(record, 'running', 1)
  if record.running > record.slots then set(record, 'slots', record.running) end
end

-- A pool that takes nothing more has come nearer to its end: whoever joins it looks again.
local function tell_closed(tenant, pool)
  if pool_of(tenant, pool).state then tell(tenant, 'pool/' .. pool, true) end
end

-- One process less runs the job; the last one of an ended job stops it.
local function job_stops_one(tenant, job, now)
  local record = record_of(tenant, job)
  if not record then return end
  add(record, 'running', -1)
  if record.running <= 0 and is_ended(record.state) then
    if not record.stoppedAt then set(record, 'stoppedAt', now) end
    tell(tenant, job, true)
    tell_closed(tenant, record.pool)
  end
end

local function end_slice(tenant, slice, now)
  if slice[4] == 'c' then job_stops_one(tenant, slice[1], now) end
  slice[4] = 'd'
end

-- As scripts answer a task: tenant, pool, id, priority, then job, chunk, generation of each slice.
local function task_reply(tenant, pool, id, task)
  local reply = { tenant, pool, id, task.p or 0 }
  for _, slice in ipairs(task.s) do
    if slice[4] ~= 'd' then
      for i = 1, 3 do reply[#reply + 1] = slice[i] end
    end
  end
  return reply
end

-- Every task of the pool that nobody has claimed: the answer to a resent call, whose first answer was lost.
-- Adding a task twice is harmless, as the queue ignores an id it has and a claim that finds nothing ends there.
local function unclaimed_tasks(tenant, pool, tasks)
  local rows = redis.call('HGETALL', pool_key(tenant, pool, 'out'))
  for i = 1, #rows, 2 do
    local task = cmsgpack.unpack(rows[i + 1])
    if not task.c then tasks[#tasks + 1] = task_reply(tenant, pool, rows[i], task) end
  end
end
