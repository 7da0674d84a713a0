-- @include "finish"
-- @include "nested"
-- Unlinks the keys of an ended job, blocks in batches; after that the id is unknown.

local PURGE_BATCH = 1000

-- Whether nobody has seen to what webhooks are to tell of it.
local function is_to_tell(tenant, job, state)
  return redis.call('ZSCORE', group_key('outbox'), job_member(tenant, job) .. ' ' .. state)
end

-- Whether all keys are gone now.
local function purge(tenant, job)
  local key = job_key(tenant, job, 'record')
  -- asked for sooner than the round that would have done it
  if redis.call('ZREM', group_key('agenda'), 'cascade ' .. job_member(tenant, job)) == 1 then
    end_children(tenant, job, '-inf', '+inf', now_ms())
  end
  local last = number(redis.call('HGET', key, 'nextBlock'), 0)
  local first = number(redis.call('HGET', key, 'purged'), 0)
  local stop = math.min(last, first + PURGE_BATCH)
  for block = first, stop - 1 do redis.call('UNLINK', job_key(tenant, job, 'block') .. digits(block)) end
  if stop < last then
    redis.call('HSET', key, 'purged', stop)
    return false
  end
  release_key(tenant, job)
  for _, name in ipairs({ 'index', 'left', 'chunks', 'again', 'origin', 'parts', 'order', 'log', 'failed', 'failures', 'tails', 'progress', 'output', 'children', 'faults', 'record' }) do
    redis.call('UNLINK', job_key(tenant, job, name))
  end
  records[key] = nil
  local member = job_member(tenant, job)
  redis.call('ZREM', tenant_key(tenant, 'jobs'), job)
  redis.call('ZREM', tenant_key(tenant, 'processes'), job)
  forego('sweep', member)
  return true
end
