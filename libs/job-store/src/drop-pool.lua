-- @include "base"
-- Forgets a pool that has nothing to do.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool
-- Returns 'ok' | 'gone' | 'busy'

local tenant, pool = ARGV[1], ARGV[2]
if redis.call('SISMEMBER', tenant_key(tenant, 'pools'), pool) == 0 then return 'gone' end
local busy = redis.call('SCARD', pool_key(tenant, pool, 'live')) + redis.call('HLEN', pool_key(tenant, pool, 'out'))
if busy > 0 then return 'busy' end
redis.call('DEL', pool_key(tenant, pool, 'record'))
redis.call('SREM', tenant_key(tenant, 'pools'), pool)
return 'ok'
