-- @include "waiting"
-- Makes a manager, if there is none of the name. Made again, one with a lifetime begins it anew.
-- KEYS  1 group base
-- ARGV  1 tenant  2 manager  3 session that it ends with, empty for none  4 how long it lives in ms, empty for ever
-- Returns 1 = made, 0 = it was there, -1 = there is no such session

local key, session = manager_key(ARGV[2], 'record'), ARGV[3]
if session ~= '' and redis.call('EXISTS', session_record(session)) == 0 then return -1 end
if ARGV[2] == 'default' then return 0 end
local lives = manager_lives(ARGV[2])
if ARGV[4] ~= '' then redis.call('HSET', key, 'endsAt', digits(now + tonumber(ARGV[4]))) end
if lives then return 0 end
redis.call('HSET', key, 'createdAt', digits(now))
if session ~= '' then redis.call('HSET', key, 'session', session) end
redis.call('SADD', sharing_key('managers'), ARGV[2])
return 1
