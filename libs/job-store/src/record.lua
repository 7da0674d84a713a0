-- @include "base"
-- What a script reads and writes often, kept for its one run: a job's record, a function's time, a pool's bound. Each is read once, and
-- written once by commit, with which every script ends that changes one of them. Nobody else runs in between.

local WORDS = { 'state', 'pool', 'input', 'hold', 'inRing', 'kind', 'function', 'wire', 'results', 'attempts', 'backoff', 'timeoutMs', 'deadlineMs',
  'maxFailures', 'resultTtlMs', 'startedAt', 'stoppedAt', 'builds', 'idempotencyKey', 'then', 'session', 'parent', 'nested', 'tells', 'notify' }
-- Absent ones are 0.
local NUMBERS = { 'total', 'fed', 'done', 'failed', 'due', 'unread', 'bytesIn', 'bytesOut', 'bytesKept', 'itemUs', 'cpuUs', 'running', 'slots',
  'chunkAttempts', 'chunkSize', 'priority', 'notBefore', 'planned', 'nextBlock', 'nextChunk', 'nextPart', 'depth', 'toldAt' }
local FIELDS = {}
for _, names in ipairs({ WORDS, NUMBERS }) do
  for _, name in ipairs(names) do FIELDS[#FIELDS + 1] = name end
end
local POOL_FIELDS = { 'processes', 'state', 'paused', 'version', 'initializer', 'initArgs', 'initWire', 'maxTasksPerChild', 'priority',
  'ranked', 'parks', 'rateMax', 'ratePerMs', 'rateTokens', 'rateAt' }
local records, times, pools = {}, {}, {}
local fleet

local function empty_record()
  local record = { changed = {} }
  for _, name in ipairs(NUMBERS) do record[name] = 0 end
  return record
end

local function read_record(key)
  local values = redis.call('HMGET', key, unpack(FIELDS))
  if not values[1] then return false end
  local record = { changed = {} }
  for i, name in ipairs(WORDS) do record[name] = values[i] or nil end
  for i, name in ipairs(NUMBERS) do record[name] = number(values[#WORDS + i], 0) end
  return record
end

-- The record of a job, or nil when there is no such job.
local function record_of(tenant, job)
  local key = job_key(tenant, job, 'record')
  if records[key] == nil then records[key] = read_record(key) end
  return records[key] or nil
end

local function new_record(tenant, job)
  local record = empty_record()
  records[job_key(tenant, job, 'record')] = record
  return record
end

local function set(record, name, value)
  if record[name] == value then return end
  record[name] = value
  record.changed[name] = true
end

local function add(record, name, by) set(record, name, record[name] + by) end

-- Mean microseconds of an item of a function and how many were measured; nil when nobody knows.
local function time_of(name)
  if times[name] == nil then
    local mean, count = string.match(redis.call('HGET', group_key('functionTimes'), name) or '', '^(%S+) (%d+)$')
    times[name] = mean and { mean = tonumber(mean), count = tonumber(count) } or false
  end
  return times[name] or nil
end

local function set_time(name, mean, count) times[name] = { mean = mean, count = count, changed = true } end

local function fleet_of()
  if not fleet then
    local values = redis.call('MGET', group_key('capacity'), group_key('pausedFunctions'))
    fleet = { capacity = number(values[1], 0), paused = values[2] or '' }
  end
  return fleet
end

local function capacity() return fleet_of().capacity end

local function is_paused_function(name) return string.find(fleet_of().paused, ' ' .. name .. ' ', 1, true) end

-- What was asked of a pool; absent fields are false.
local function pool_of(tenant, pool)
  local key = pool_key(tenant, pool, 'record')
  pools[key] = pools[key] or fields(key, POOL_FIELDS)
  return pools[key]
end

-- The bound a pool was given, or nil.
local function bound_of(tenant, pool) return number(pool_of(tenant, pool).processes, nil) end

-- Nothing is asked of it that a first look could not know: any process will do, in the order of arrival.
local function is_plain(tenant, pool)
  local record = pool_of(tenant, pool)
  return not (record.initializer or record.maxTasksPerChild or record.priority)
end

-- Processes of its own: they have run its initializer, or are replaced after some tasks.
local function has_own_processes(tenant, pool)
  local record = pool_of(tenant, pool)
  return record.initializer or record.maxTasksPerChild
end

local function written(value) return type(value) == 'number' and digits(value) or value end

local function write_record(key, record)
  local words = {}
  for name in pairs(record.changed) do
    words[#words + 1] = name
    words[#words + 1] = written(record[name])
  end
  if #words > 0 then redis.call('HSET', key, unpack(words)) end
  record.changed = {}
end

local function write_time(name, time)
  redis.call('HSET', group_key('functionTimes'), name, string.format('%.3f %.0f', time.mean, time.count))
  time.changed = false
end

local function commit()
  for key, record in pairs(records) do
    if record then write_record(key, record) end
  end
  for name, time in pairs(times) do
    if time and time.changed then write_time(name, time) end
  end
end
