-- @include "waiting"
-- The leases of all locks that one holds begin anew; or, at its end, the locks are free.
-- KEYS  1 group base
-- ARGV  1 tenant  2 holder  3 1 = it has ended
-- Returns the locks it holds, or held at its end: "<manager>/<type>/<name> <token>", and " <mark> <ttl>" where nodes have voted for it
-- Publishes door of those that are handed something

local locks = {}
local function note(text, token, work) locks[#locks + 1] = text .. ' ' .. token .. (work and ' ' .. work[3] .. ' ' .. work[5] or '') end

local set = sharing_key('holder') .. ARGV[2]
for _, text in ipairs(redis.call('SMEMBERS', set)) do
  local lock = object_of(text)
  local token = held(lock)
  if not token or field(lock, 'holder') ~= ARGV[2] then redis.call('SREM', set, text)
  elseif ARGV[3] == '1' then
    note(text, token, set_free(lock))
    serve(lock)
  else
    lease(lock, number_field(lock, 'ttl'))
    note(text, token, for_nodes('keep', lock))
  end
end
commit()
return locks
