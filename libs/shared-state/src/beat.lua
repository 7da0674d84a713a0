-- @include "waiting"
-- A door lives. What of others is over goes on: callers at doors that are gone, hand-outs that nobody took, leases that ran out.
-- KEYS  1 group base
-- ARGV  1 tenant  2 door
-- Returns {1 = the door was not known any more, and its callers stand in no line, ms until something is due, -1 for nothing, owners at this
--         door who were handed something and have not taken it}
-- Publishes door of those that are handed something

local known = door_lives(ARGV[2])
redis.call('ZADD', sharing_key('doors'), now, ARGV[2])

for _, door in ipairs(redis.call('ZRANGEBYSCORE', sharing_key('doors'), '-inf', now - DOOR_MS, 'LIMIT', 0, 10)) do
  local owners = redis.call('SRANDMEMBER', sharing_key('door') .. door, 100)
  for _, owner in ipairs(owners) do
    leave(owner, true)
    redis.call('SREM', sharing_key('door') .. door, owner)
  end
  if #owners < 100 then redis.call('ZREM', sharing_key('doors'), door) end
end

for _, owner in ipairs(redis.call('ZRANGEBYSCORE', sharing_key('reservations'), '-inf', now, 'LIMIT', 0, 100)) do leave(owner, true) end

for _, text in ipairs(redis.call('ZRANGEBYSCORE', sharing_key('due'), '-inf', now, 'LIMIT', 0, 100)) do
  local object = object_of(text)
  if exists(object) then
    kind_of(object.type).due(object)
    serve(object)
  else
    redis.call('ZREM', sharing_key('due'), text)
  end
end

commit()
local soonest = -1
for _, name in ipairs({ 'reservations', 'due' }) do
  local first = redis.call('ZRANGE', sharing_key(name), 0, 0, 'WITHSCORES')[2]
  local left = first and math.max(0, tonumber(first) - now)
  if left and (soonest < 0 or left < soonest) then soonest = left end
end
return { known and 0 or 1, soonest, redis.call('SMEMBERS', sharing_key('given') .. ARGV[2]) }
