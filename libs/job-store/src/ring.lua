-- @include "record"
-- The jobs of a pool that have items to hand out, in turn: a ring for each level, the highest first. Jobs from inside others go
-- before all, the deepest first, since others hold processes and wait for them; within a depth the priority counts.

local PRIORITIES = 201             -- from -100 to 100
local function level_of(record) return record.depth * PRIORITIES + record.priority end
local function depth_of(level) return math.floor((level + 100) / PRIORITIES) end

local function ring_key(tenant, pool, level)
  local key = pool_key(tenant, pool, 'ring')
  return level == 0 and key or key .. ':' .. digits(level)
end

local function rank(tenant, pool, level)
  redis.call('ZADD', pool_key(tenant, pool, 'levels'), level, digits(level))
  redis.call('HSET', pool_key(tenant, pool, 'record'), 'ranked', '1')
  pool_of(tenant, pool).ranked = '1'
end

-- Puts a live job into its pool's ring, once.
local function enter_ring(tenant, pool, job)
  local record = record_of(tenant, job)
  if record.inRing == '1' or record.hold == '1' or record.notBefore > 0 then return end
  set(record, 'inRing', '1')
  redis.call('RPUSH', ring_key(tenant, pool, level_of(record)), job)
  if level_of(record) ~= 0 then rank(tenant, pool, level_of(record)) end
  redis.call('SADD', group_key('busyPools'), job_member(tenant, pool))
end

-- The job that was just turned to the end of a ring leaves it.
local function leave_ring(ring, record)
  redis.call('RPOP', ring)
  if record then set(record, 'inRing', '0') end
end

local function drop_from_ring(tenant, record, job)
  if record.inRing ~= '1' then return end
  redis.call('LREM', ring_key(tenant, record.pool, level_of(record)), 1, job)
  set(record, 'inRing', '0')
end

-- The ring of the highest level that has jobs, and its level; that of level 0 when none has.
local function top_ring(tenant, pool)
  local main, levels = pool_key(tenant, pool, 'ring'), pool_key(tenant, pool, 'levels')
  while pool_of(tenant, pool).ranked do
    local top = redis.call('ZREVRANGE', levels, 0, 0)[1]
    local level = tonumber(top or 0)
    if level < 0 and redis.call('LLEN', main) > 0 then return main, 0 end
    local ring = top and ring_key(tenant, pool, level)
    if ring and redis.call('LLEN', ring) > 0 then return ring, level end
    if top then redis.call('ZREM', levels, top)
    else
      redis.call('HDEL', pool_key(tenant, pool, 'record'), 'ranked')
      pool_of(tenant, pool).ranked = false
    end
  end
  return main, 0
end

local function has_waiting(tenant, pool) return redis.call('LLEN', (top_ring(tenant, pool))) > 0 end
