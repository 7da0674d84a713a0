-- @include "finish"
-- Jobs that were submitted from inside items of others, which end when that item fails or its job ends early.

-- Why no job may have this parent, or nil.
local function parent_refusal(tenant, path, most)
  local parent = parent_of(path)
  local record = record_of(tenant, parent)
  if not record then return { 'no-parent', parent } end
  if is_ended(record.state) then return { 'parent-ended', parent } end
  if record.depth + 1 > most then return { 'too-deep', record.depth + 1 } end
end

local function enter_family(tenant, record, job)
  local parent, index = parent_of(record.parent)
  local above = record_of(tenant, parent)
  set(above, 'nested', '1')
  set(record, 'depth', above.depth + 1)
  redis.call('ZADD', job_key(tenant, parent, 'children'), index, job)
end

-- Cancels what items [from, to] have submitted and still lives. Their pools have credit again: a round refills them.
local function end_children(tenant, job, from, to, now)
  local children = redis.call('ZRANGEBYSCORE', job_key(tenant, job, 'children'), from, to)
  if #children == 0 then return end
  local error = cjson.encode({ name = 'ManyhandsError', code = 'cancelled', message = 'its parent ' .. job .. ' has ended, or failed' })
  for _, child in ipairs(children) do finish(tenant, child, 'cancelled', error, now) end
  redis.call('ZREMRANGEBYSCORE', job_key(tenant, job, 'children'), from, to)
  redis.call('PUBLISH', group_key('control'), 'due 0')
end
