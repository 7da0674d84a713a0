-- @include "waiting"
-- A lock that was granted, and whose nodes are asked: its lease begins anew, or it is let go.
-- KEYS  1 group base
-- ARGV  1 tenant  2 "<manager>/<type>/<name>"  3 token  4 ttl in ms, empty to let it go  5 1 = its nodes are won
-- Returns 1 = it had not been granted again
-- Publishes door of those that are handed something

local lock = object_of(ARGV[2])
if held(lock) ~= ARGV[3] then return 0 end
if ARGV[4] == '' then set_free(lock) else lease(lock, tonumber(ARGV[4])) end
if ARGV[5] == '1' then set_field(lock, 'open', false) end
if ARGV[4] == '' or ARGV[5] == '1' then serve(lock) end
commit()
return 1
