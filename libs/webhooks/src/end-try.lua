-- @include "time"
-- Notes what came of a try.
-- KEYS  1 group base
-- ARGV  1 tenant  2 delivery  3 number of the try  4 what came of it, as JSON  5 state  6 ms until the next try
-- Returns 1, or 0 when this try was noted before

local tenant, id = ARGV[1], ARGV[2]
local key, member = webhook_key(tenant, id, 'delivery'), tenant .. ' ' .. id
local MOST_ATTEMPTS = 20
local stored = redis.call('HMGET', key, 'state', 'try', 'attempts')
if stored[1] ~= 'pending' or stored[2] ~= ARGV[3] then return 0 end

local attempts = cjson.decode(stored[3])
attempts[#attempts + 1] = cjson.decode(ARGV[4])
if #attempts > MOST_ATTEMPTS then table.remove(attempts, 1) end
redis.call('HSET', key, 'attempts', cjson.encode(attempts), 'state', ARGV[5])
redis.call('HINCRBY', key, 'step', 1)
redis.call('HINCRBY', key, 'try', 1)
if ARGV[5] == 'pending' then
  local next_at = now_ms() + tonumber(ARGV[6])
  redis.call('HSET', key, 'nextAt', string.format('%.0f', next_at))
  redis.call('ZADD', group_key('deliveriesDue'), next_at + OVERDUE_MS, member)
else
  redis.call('ZREM', group_key('deliveriesDue'), member)
  redis.call('PEXPIRE', key, ARGV[5] == 'delivered' and DAY_MS or KEPT_MS)
end
return 1
