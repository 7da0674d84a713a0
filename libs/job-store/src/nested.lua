-- @include "finish"
-- Jobs that were submitted from inside items of others, which end when that item fails or its job ends early.

-- Why no job may have this parent, or nil.
local function parent_refusal(tenant, path, most, kind)
  local parent = parent_of(path)
  local record = record_of(tenant, parent)
  if not record then return { 'no-parent', parent } end
  if is_ended(record.state) then return { 'parent-ended', parent } end
  if kind == 'process' and redis.call('HGET', job_key(tenant, parent, 'record'), 'daemon') then return { 'daemonic-parent', parent } end
  if record.depth + 1 > most then return { 'too-deep', record.depth + 1 } end
end

local function enter_family(tenant, record, job)
  local parent, index = parent_of(record.parent)
  local above = record_of(tenant, parent)
  set(above, 'nested', '1')
  set(record, 'depth', above.depth + 1)
  redis.call('ZADD', job_key(tenant, parent, 'children'), index, job)
end

local AT_ONCE = 200                -- more would hold up everybody else: the agenda has the rest, one by one

local function end_child(tenant, child, now)
  local record = record_of(tenant, child)
  if not record then return end
  local message = 'its parent ' .. parent_of(record.parent) .. ' has ended, or failed'
  finish(tenant, child, 'cancelled', cjson.encode({ name = 'ManyhandsError', code = 'cancelled', message = message }), now)
end

-- Cancels what items from `from` up to `to`, `to` included, have submitted and still lives. Their pools have credit again: a round refills them.
local function end_children(tenant, job, from, to, now)
  local children = redis.call('ZRANGEBYSCORE', job_key(tenant, job, 'children'), from, to)
  if #children == 0 then return end
  for i, child in ipairs(children) do
    if i <= AT_ONCE then end_child(tenant, child, now) else await('orphan', job_member(tenant, child), now) end
  end
  redis.call('ZREMRANGEBYSCORE', job_key(tenant, job, 'children'), from, to)
  redis.call('PUBLISH', group_key('control'), 'due 0')
end

-- Items that run again, from their beginning: from, to, from, to ... Nobody waits any more for what their last run had submitted.
local function end_children_of(tenant, job, todo, now)
  if not record_of(tenant, job).nested then return end
  for i = 1, #todo, 2 do end_children(tenant, job, todo[i], todo[i + 1] - 1, now) end
end
