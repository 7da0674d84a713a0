-- @include "base"
-- A worker's functions: records that outlive it.
-- KEYS  1 group base
-- ARGV  1.. name, record as JSON
-- Returns how many names were never seen before

local fresh = 0
for i = 1, #ARGV, 2 do fresh = fresh + redis.call('HSET', group_key('functions'), ARGV[i], ARGV[i + 1]) end
return fresh
