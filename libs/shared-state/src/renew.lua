-- @include "waiting"
-- The leases of all locks that one holds begin anew; or, at its end, the locks are free.
-- KEYS  1 group base
-- ARGV  1 tenant  2 holder  3 1 = it has ended
-- Returns the locks it holds: "<manager>/<type>/<name> <token>"
-- Publishes door of those that are handed something

local kept = {}
local set = sharing_key('holder') .. ARGV[2]
for _, text in ipairs(redis.call('SMEMBERS', set)) do
  local lock = object_of(text)
  local token = held(lock)
  if not token or field(lock, 'holder') ~= ARGV[2] then redis.call('SREM', set, text)
  elseif ARGV[3] == '1' then
    set_free(lock)
    serve(lock)
  else
    lease(lock, number_field(lock, 'ttl'))
    kept[#kept + 1] = text .. ' ' .. token
  end
end
commit()
return kept
