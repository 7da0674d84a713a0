-- @include "ring"
-- A task that is out: one unit of its pool's credit. at: when it was handed out; s: slices as {job, chunk, generation, state};
-- state is q (queued), c (claimed) or d (done). The credit comes back when every slice is done.

-- A parked task stays out without its credit: its function waits for nested work (docs/adr/0016). In `parked` its score is 0, then its
-- number in the line of those that want to go on. A pool that has none pays nothing for it: `parks` in its record, as
-- `<depth>:<how many> ...`, counts them.
local function parked_score(tenant, pool, id)
  return pool_of(tenant, pool).parks and redis.call('ZSCORE', pool_key(tenant, pool, 'parked'), id) or nil
end

local function parked_at(tenant, pool, depth)
  local parks = pool_of(tenant, pool).parks
  return parks and tonumber(string.match(parks, '%f[%d]' .. digits(depth) .. ':(%d+)')) or 0
end

local function count_parked(tenant, pool, depth, by)
  local words = {}
  for other, count in string.gmatch(pool_of(tenant, pool).parks or '', '(%d+):(%d+)') do
    if tonumber(other) ~= depth then words[#words + 1] = other .. ':' .. count end
  end
  local count = parked_at(tenant, pool, depth) + by
  if count > 0 then words[#words + 1] = digits(depth) .. ':' .. digits(count) end
  pool_of(tenant, pool).parks = #words > 0 and table.concat(words, ' ')
  local key = pool_key(tenant, pool, 'record')
  if #words > 0 then redis.call('HSET', key, 'parks', table.concat(words, ' ')) else redis.call('HDEL', key, 'parks') end
end

local function park(tenant, pool, id, task)
  if redis.call('ZADD', pool_key(tenant, pool, 'parked'), 0, id) == 1 then count_parked(tenant, pool, depth_of(task.p), 1) end
end

local function want_to_go_on(tenant, pool, id)
  local parked = pool_key(tenant, pool, 'parked')
  local last = redis.call('ZREVRANGE', parked, 0, 0, 'WITHSCORES')
  redis.call('ZADD', parked, tonumber(last[2]) + 1, id)
end

local function unpark(tenant, pool, id, task)
  if not pool_of(tenant, pool).parks or redis.call('ZREM', pool_key(tenant, pool, 'parked'), id) == 0 then return end
  count_parked(tenant, pool, depth_of(task.p), -1)
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

local function drop_task(tenant, pool, id, task)
  redis.call('HDEL', pool_key(tenant, pool, 'out'), id)
  unpark(tenant, pool, id, task)
end

local function write_task(tenant, pool, id, task)
  for _, slice in ipairs(task.s) do
    if slice[4] ~= 'd' then
      redis.call('HSET', pool_key(tenant, pool, 'out'), id, cmsgpack.pack(task))
      return
    end
  end
  drop_task(tenant, pool, id, task)
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
