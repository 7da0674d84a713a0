-- @include "time"
-- What is to be told now, and which deliveries are overdue. Whoever takes them has a while; then they are told to another.
-- KEYS  1 group base
-- ARGV  1 most of each  2 ms for which nobody else is told
-- Returns {rows, [tenant, delivery, try, ms until it is due] of each overdue one, ms until there may be more or -1}

local now, most = now_ms(), tonumber(ARGV[1])
local rows = redis.call('ZRANGE', group_key('outbox'), '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
for _, row in ipairs(rows) do redis.call('ZADD', group_key('outbox'), now + ARGV[2], row) end

local overdue = {}
for _, member in ipairs(redis.call('ZRANGE', group_key('deliveriesDue'), '-inf', now, 'BYSCORE', 'LIMIT', 0, most)) do
  local tenant, id = string.match(member, '^(%S+) (%S+)$')
  local try = redis.call('HMGET', webhook_key(tenant, id, 'delivery'), 'try', 'nextAt')
  if try[1] then
    redis.call('ZADD', group_key('deliveriesDue'), now + OVERDUE_MS, member)
    overdue[#overdue + 1] = { tenant, id, try[1], math.max(0, try[2] - now) }
  else
    redis.call('ZREM', group_key('deliveriesDue'), member)
  end
end

local wait = -1
for _, name in ipairs({ 'outbox', 'deliveriesDue' }) do
  local first = redis.call('ZRANGE', group_key(name), 0, 0, 'WITHSCORES')
  if first[2] then
    local ms = math.max(0, tonumber(first[2]) - now)
    wait = wait < 0 and ms or math.min(wait, ms)
  end
end
return { rows, overdue, wait }
