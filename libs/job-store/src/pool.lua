-- @include "fill"
-- Creates or changes a pool; a larger bound hands out more at once.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 processes, or empty for no bound of its own
-- Returns tasks

local tenant, pool = ARGV[1], ARGV[2]
local now, tasks = now_ms(), {}
local key = pool_key(tenant, pool, 'record')
redis.call('SADD', tenant_key(tenant, 'pools'), pool)
redis.call('HSETNX', key, 'createdAt', now)
if ARGV[3] == '' then redis.call('HDEL', key, 'processes') else redis.call('HSET', key, 'processes', ARGV[3]) end
fill(tenant, pool, now, tasks)
return tasks
