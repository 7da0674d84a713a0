-- @include "fill"
-- Creates or changes a pool; a larger bound or an end of its pause hands out more at once.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3.. field and value; an empty value takes the field away
-- Returns {'ok', tasks} | {'pool-closed', state}

local tenant, pool = ARGV[1], ARGV[2]
local now, tasks = now_ms(), {}
local key = pool_key(tenant, pool, 'record')
local before = fields(key, POOL_FIELDS)
if before.state then return { 'pool-closed', before.state } end

-- processes that ran another initializer are of no use any more
local function is_new_version(name, value)
  return (name == 'initializer' or name == 'initArgs' or name == 'initWire') and (before[name] or '') ~= value
end

redis.call('SADD', tenant_key(tenant, 'pools'), pool)
redis.call('HSETNX', key, 'createdAt', now)
local version = false
for i = 3, #ARGV, 2 do
  version = version or is_new_version(ARGV[i], ARGV[i + 1])
  if ARGV[i + 1] == '' then redis.call('HDEL', key, ARGV[i]) else redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
end
if version or not before.version then redis.call('HSET', key, 'version', digits(math.max(now, number(before.version, 0) + 1))) end
fill(tenant, pool, now, tasks)
return { 'ok', tasks }
