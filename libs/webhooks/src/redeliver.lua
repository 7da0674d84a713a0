-- @include "time"
-- Sends once more: the same event, from the beginning of the schedule.
-- KEYS  1 group base
-- ARGV  1 tenant  2 delivery
-- Returns the number of the try that is due now, or 0 when there is no such delivery

local tenant, id = ARGV[1], ARGV[2]
local key = webhook_key(tenant, id, 'delivery')
if redis.call('EXISTS', key) == 0 then return 0 end
local now = now_ms()
redis.call('PERSIST', key)
redis.call('HSET', key, 'state', 'pending', 'step', 0, 'nextAt', now)
redis.call('ZADD', group_key('deliveriesDue'), now + OVERDUE_MS, tenant .. ' ' .. id)
return redis.call('HINCRBY', key, 'try', 1)
