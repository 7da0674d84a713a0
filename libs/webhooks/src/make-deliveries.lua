-- @include "time"
-- Makes deliveries, each once however often it is asked for, and takes the row of the outbox away that they stand for.
-- KEYS  1 group base
-- ARGV  1 tenant  2 row of the outbox, or ''  3 ms until the row may be told again, or 0 = it goes  4 JSON array of {id, event, type, job, endpoint, url, secret, body}
-- Returns ids of those that are new

local tenant, row = ARGV[1], ARGV[2]
local now, made = now_ms(), {}

local function note(key, id)
  redis.call('ZADD', key, now, id)
  redis.call('ZREMRANGEBYRANK', key, 0, -MOST_KEPT - 1)
end

for _, one in ipairs(cjson.decode(ARGV[4])) do
  local key = webhook_key(tenant, one.id, 'delivery')
  if redis.call('EXISTS', key) == 0 then
    for name, value in pairs(one) do redis.call('HSET', key, name, value) end
    redis.call('HSET', key, 'state', 'pending', 'try', 1, 'step', 0, 'attempts', '[]', 'createdAt', now, 'nextAt', now)
    redis.call('ZADD', group_key('deliveriesDue'), now + OVERDUE_MS, tenant .. ' ' .. one.id)
    note(tenant_key(tenant, 'deliveries'), one.id)
    if one.job ~= '' then
      note(webhook_key(tenant, one.job, 'ofJob'), one.id)
      redis.call('PEXPIRE', webhook_key(tenant, one.job, 'ofJob'), KEPT_MS)
    end
    made[#made + 1] = one.id
  end
end
if row ~= '' then
  -- nothing new to tell: whoever has news puts the row back
  if ARGV[3] ~= '0' and #made > 0 then redis.call('ZADD', group_key('outbox'), now + ARGV[3], row)
  else redis.call('ZREM', group_key('outbox'), row) end
end
return made
