-- @include "base"
-- A worker says that it lives; workers that were not heard of lately go.
-- KEYS  1 group base
-- ARGV  1 worker  2 its record as JSON, or empty when it leaves  3 its processes  4 ms after which a silent worker is gone
-- Returns processes of all live workers

local now = now_ms()
local workers, seen = group_key('workers'), group_key('workersSeen')
local gone = redis.call('ZRANGEBYSCORE', seen, '-inf', now - tonumber(ARGV[4]))
if ARGV[2] == '' then gone[#gone + 1] = ARGV[1] end
if #gone > 0 then
  redis.call('ZREM', seen, unpack(gone))
  redis.call('HDEL', workers, unpack(gone))
end
if ARGV[2] ~= '' then
  redis.call('ZADD', seen, now, ARGV[1])
  redis.call('HSET', workers, ARGV[1], ARGV[3] .. ' ' .. ARGV[2])
end
local processes = 0
for _, record in ipairs(redis.call('HVALS', workers)) do processes = processes + tonumber(string.match(record, '^%d+')) end
redis.call('SET', group_key('capacity'), processes)
return processes
