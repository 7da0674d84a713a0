-- @include "workers"
-- A worker says that it lives, or that it leaves.
-- KEYS  1 group base
-- ARGV  1 worker  2 its record as JSON, or empty when it leaves  3 its processes
-- Returns 1 when it is new

local worker, record = ARGV[1], ARGV[2]
if record == '' then
  drop_workers({ worker })
  return 0
end
local fresh = redis.call('ZADD', group_key('workersSeen'), now_ms(), worker)
redis.call('HSET', group_key('workers'), worker, ARGV[3] .. ' ' .. record)
if fresh == 1 then count_capacity() end
return fresh
