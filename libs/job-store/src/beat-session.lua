-- @include "base"
-- Makes a session, or prolongs its lease.
-- KEYS  1 group base
-- ARGV  1 tenant  2 session  3 lease in ms to make one, empty to prolong one that is there
-- Returns {lease in ms, made at, expires at, live jobs} | {} when it is gone

local tenant, session = ARGV[1], ARGV[2]
local key, now = session_key(tenant, session, 'record'), now_ms()
if ARGV[3] ~= '' then redis.call('HSET', key, 'leaseMs', ARGV[3], 'createdAt', now) end
local lease = redis.call('HGET', key, 'leaseMs')
if not lease then return {} end
local expires = now + tonumber(lease)
redis.call('HSET', key, 'expiresAt', expires)
await('session', tenant .. ' ' .. session, expires)
if ARGV[3] ~= '' then redis.call('PUBLISH', group_key('control'), 'due ' .. lease) end
return { lease, redis.call('HGET', key, 'createdAt'), digits(expires), redis.call('SCARD', session_key(tenant, session, 'jobs')) }
