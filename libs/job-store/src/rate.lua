-- @include "record"
-- rateLimit of a pool: a bucket of tokens, one an item, that fills with time up to `rateMax`.

local function tokens_of(pool, now)
  local most = tonumber(pool.rateMax)
  local since = math.max(0, now - number(pool.rateAt, 0))
  return math.min(most, number(pool.rateTokens, 0) + since * most / tonumber(pool.ratePerMs))
end

local function begin_rate(tenant, pool, now)
  local record = pool_of(tenant, pool)
  if record.rateMax then record.tokens = tokens_of(record, now) end
end

local function is_out_of_tokens(record) return record.tokens and record.tokens < 1 end

local function take_tokens(record, items)
  if record.tokens then record.tokens = record.tokens - items end
end

-- Keeps what is left; a pool that waits for a token is looked at when there is one.
local function end_rate(tenant, pool, now, is_waiting)
  local record = pool_of(tenant, pool)
  if not record.tokens then return end
  record.rateTokens, record.rateAt = string.format('%.6f', record.tokens), digits(now)
  redis.call('HSET', pool_key(tenant, pool, 'record'), 'rateTokens', record.rateTokens, 'rateAt', record.rateAt)
  if not (is_waiting and record.tokens < 1) then return end
  local wait = math.ceil((1 - record.tokens) * tonumber(record.ratePerMs) / tonumber(record.rateMax))
  if redis.call('ZADD', group_key('agenda'), 'NX', now + wait, 'feed ' .. job_member(tenant, pool)) == 1 then
    redis.call('PUBLISH', group_key('control'), 'due ' .. digits(wait))
  end
end
