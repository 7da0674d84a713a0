-- @include "fill"
-- @include "finish"
-- Ends jobs of a pool early, some hundred a call. With a state the pool takes no more jobs from now on.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 state of the pool (closed | terminated), or empty  4 state of its jobs (cancelled | failed), or empty: they run on  5 error as JSON
--       6 version of the pool, or empty: any
-- Returns {live jobs that are left, tasks}; -1 when there is no such pool, or it has another version by now
-- Publishes wake (end) of jobs it ends, and of the pool

local tenant, pool = ARGV[1], ARGV[2]
local BATCH = 200
local now, tasks = now_ms(), {}
if redis.call('SISMEMBER', tenant_key(tenant, 'pools'), pool) == 0 then return { -1, tasks } end
local key = pool_key(tenant, pool, 'record')
if ARGV[6] ~= '' and (pool_of(tenant, pool).version or '0') ~= ARGV[6] then return { -1, tasks } end
if ARGV[3] ~= '' and redis.call('HGET', key, 'state') ~= 'terminated' then redis.call('HSET', key, 'state', ARGV[3]) end
local live = pool_key(tenant, pool, 'live')
if ARGV[4] ~= '' then
  for _, job in ipairs(redis.call('SRANDMEMBER', live, BATCH)) do
    finish(tenant, job, ARGV[4], ARGV[5], now)
    -- whatever became of its record, it is not asked for again
    redis.call('SREM', live, job)
  end
end
fill(tenant, pool, now, tasks)
tell_closed(tenant, pool)
return { redis.call('SCARD', live), tasks }
