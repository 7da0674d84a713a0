-- @include "waiting"
-- Somebody watches an object: for a while its writes are told on its channel.
-- KEYS  1 group base
-- ARGV  1 tenant  2 "<manager>/<type>/<name>"  3 for how long, in ms  4 method that reads all of it  5... its arguments
-- Returns {version, an answer as those of operate}, false when there is no such object

local object = object_of(ARGV[2])
if not exists(object) then return false end
set_field(object, 'watched', digits(now + tonumber(ARGV[3])))
local args = {}
for i = 5, #ARGV do args[#args + 1] = ARGV[i] end
commit()
return { digits(number_field(object, 'version')), perform({ object = object, method = ARGV[4], args = args, writes = '' }, {}) }
