-- @include "record"
-- The jobs of a pool that have items to hand out, in turn: a ring for each priority, the highest first.

local function ring_key(tenant, pool, priority)
  local key = pool_key(tenant, pool, 'ring')
  return priority == 0 and key or key .. ':' .. digits(priority)
end

local function rank(tenant, pool, priority)
  redis.call('ZADD', pool_key(tenant, pool, 'levels'), priority, digits(priority))
  redis.call('HSET', pool_key(tenant, pool, 'record'), 'ranked', '1')
  pool_of(tenant, pool).ranked = '1'
end

-- Puts a live job into its pool's ring, once.
local function enter_ring(tenant, pool, job)
  local record = record_of(tenant, job)
  if record.inRing == '1' or record.hold == '1' or record.notBefore > 0 then return end
  set(record, 'inRing', '1')
  redis.call('RPUSH', ring_key(tenant, pool, record.priority), job)
  if record.priority ~= 0 then rank(tenant, pool, record.priority) end
  redis.call('SADD', group_key('busyPools'), job_member(tenant, pool))
end

-- The job that was just turned to the end of a ring leaves it.
local function leave_ring(ring, record)
  redis.call('RPOP', ring)
  if record then set(record, 'inRing', '0') end
end

local function drop_from_ring(tenant, record, job)
  if record.inRing ~= '1' then return end
  redis.call('LREM', ring_key(tenant, record.pool, record.priority), 1, job)
  set(record, 'inRing', '0')
end

-- The ring of the highest priority that has jobs; that of priority 0 when none has.
local function top_ring(tenant, pool)
  local main, levels = pool_key(tenant, pool, 'ring'), pool_key(tenant, pool, 'levels')
  while pool_of(tenant, pool).ranked do
    local top = redis.call('ZREVRANGE', levels, 0, 0)[1]
    if top and tonumber(top) < 0 and redis.call('LLEN', main) > 0 then return main end
    local ring = top and ring_key(tenant, pool, tonumber(top))
    if ring and redis.call('LLEN', ring) > 0 then return ring end
    if top then redis.call('ZREM', levels, top)
    else
      redis.call('HDEL', pool_key(tenant, pool, 'record'), 'ranked')
      pool_of(tenant, pool).ranked = false
    end
  end
  return main
end

local function has_waiting(tenant, pool) return redis.call('LLEN', top_ring(tenant, pool)) > 0 end
