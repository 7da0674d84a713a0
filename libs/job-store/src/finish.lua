-- @include "ring"
-- @include "chunk"
-- @include "task"
-- finish is one routine: settle, close, cancel, deadline and maxFailures all end there.

-- The job and the index of `<job>/<index>`.
local function parent_of(path) return string.match(path, '^(.+)/(%d+)$') end

-- The same request may be made again.
local function release_key(tenant, job)
  local name = redis.call('HGET', job_key(tenant, job, 'record'), 'idempotencyKey')
  local stored = name and redis.call('GET', idempotency_key(tenant, name))
  if string.match(stored or '', ' (%S+)$') == job then redis.call('DEL', idempotency_key(tenant, name)) end
end

-- Chunks nobody claimed give their credit back now; a claimed one keeps it until its worker has stopped.
local function give_back_chunks(tenant, record, job, now)
  -- every item is settled: no chunk waits for anybody
  if record.total > 0 and record.done >= record.total then return end
  local pool, waits = record.pool, record.due > 0
  local rows = redis.call('HGETALL', job_key(tenant, job, 'chunks'))
  for i = 1, #rows, 2 do
    local chunk = cmsgpack.unpack(rows[i + 1])
    local task = chunk.k and read_task(tenant, pool, chunk.k)
    if waits then forego('retry', job_member(tenant, job) .. ' ' .. rows[i]) end
    local slice = task and find_slice(task, job, rows[i])
    if slice and slice[4] == 'q' then
      end_slice(tenant, slice, now)
      write_task(tenant, pool, chunk.k, task)
    end
  end
end

local FEW_BLOCKS = 8               -- whose keys are named without a look at which of them are there

-- Unread input and what was to be done with it.
local function free_input(tenant, record, job)
  local keys, block = {}, job_key(tenant, job, 'block')
  for _, name in ipairs({ 'chunks', 'again', 'index', 'left', 'progress' }) do keys[#keys + 1] = job_key(tenant, job, name) end
  if record.nextBlock <= FEW_BLOCKS then
    for i = 0, record.nextBlock - 1 do keys[#keys + 1] = block .. digits(i) end
  else
    for _, row in ipairs(redis.call('ZRANGE', job_key(tenant, job, 'index'), 0, -1)) do keys[#keys + 1] = block .. string.match(row, '^%d+') end
  end
  for i = 1, #keys, 1000 do redis.call('UNLINK', unpack(keys, i, math.min(i + 999, #keys))) end
end

local MOST_ENDED = 100000
local TOLD_VALUE_BYTES = 512       -- the result of an apply up to this size is told with its end

-- Whoever follows the session hears of its jobs. words: state, item or progress, and the like
local function tell_session(tenant, session, job, ...)
  redis.call('XADD', session_key(tenant, session, 'ended'), 'MAXLEN', '~', MOST_ENDED, '*', 'job', job, ...)
  tell(tenant, 'session/' .. session)
end

local function tell_ended(tenant, session, job, state, only)
  local value = only and #only <= TOLD_VALUE_BYTES and { 'part', only } or {}
  tell_session(tenant, session, job, 'state', state, unpack(value))
end

local function leave_session(tenant, session, job, state, only)
  redis.call('SREM', session_key(tenant, session, 'jobs'), job)
  tell_ended(tenant, session, job, state, only)
end

-- A session that only wished to hear of it may be over.
local function notify_session(tenant, session, job, state, only)
  if redis.call('EXISTS', session_key(tenant, session, 'record')) == 1 then tell_ended(tenant, session, job, state, only) end
end

-- Items were still to run.
local function ends_early(record) return record.input ~= 'ended' or record.done < record.total end

local function fall_due(what, member, now)
  await(what, member, now)
  redis.call('PUBLISH', group_key('control'), 'due 0')
end

-- Webhooks are to tell it (libs/webhooks): when nobody was to be told of this job, an endpoint may wish to hear of all.
local function tell_outside(record, tenant, member, state, now)
  if not record.tells and redis.call('EXISTS', tenant_key(tenant, 'webhookWishes')) == 0 then return end
  redis.call('ZADD', group_key('outbox'), now, member .. ' ' .. state)
  redis.call('PUBLISH', group_key('control'), 'outbox')
end

-- Terminal state once; outbox; publish; into `sweep`.
local function finish(tenant, job, state, error, now, only)
  local record = record_of(tenant, job)
  if not record or is_ended(record.state) then return end
  local member = job_member(tenant, job)
  if error then set(record, 'error', error) end
  drop_from_ring(tenant, record, job)
  set(record, 'state', state)
  set(record, 'finishedAt', now)
  give_back_chunks(tenant, record, job, now)
  free_input(tenant, record, job)
  set(record, 'unread', 0)
  redis.call('SREM', group_key('live'), member)
  redis.call('SREM', pool_key(tenant, record.pool, 'live'), job)
  if record.input == 'open' then forego('loader', member) end
  if record.deadlineMs then forego('deadline', member) end
  if record.notBefore > 0 then forego('start', member) end
  local told = record.kind == 'apply' and only or nil
  if record.session then leave_session(tenant, record.session, job, state, told) end
  if record.notify and record.notify ~= record.session then notify_session(tenant, record.notify, job, state, told) end
  if record.parent then redis.call('ZREM', job_key(tenant, parent_of(record.parent), 'children'), job) end
  if record.nested and ends_early(record) then fall_due('cascade', member, now) end
  if record.results == 'once' then forego('reader', member) end
  await('sweep', member, now + tonumber(record.resultTtlMs))
  if record['then'] and state == 'succeeded' then fall_due('then', member, now) end
  tell_outside(record, tenant, member, state, now)
  if record.running <= 0 then set(record, 'stoppedAt', now)
  else redis.call('PUBLISH', group_key('control'), 'cancel ' .. member) end
  tell(tenant, job, true, only)
  tell_closed(tenant, record.pool)
end

-- maxFailures: a count, or a percentage that is judged when the input has ended.
local function too_many_failures(record)
  if not record.maxFailures then return false end
  local share = string.match(record.maxFailures, '^(%d+)%%$')
  if not share then return record.failed > tonumber(record.maxFailures) end
  return record.input == 'ended' and record.failed * 100 > tonumber(share) * record.total
end

-- Ends the job if nothing is left to do, or too much has failed. part: what was just stored, if it is small
local function finish_if_over(tenant, job, now, part)
  local record = record_of(tenant, job)
  if too_many_failures(record) then
    local message = digits(record.failed) .. ' items failed; maxFailures is ' .. record.maxFailures
    finish(tenant, job, 'failed', cjson.encode({ name = 'TooManyFailures', code = 'too-many-failures', message = message }), now)
  elseif record.input == 'ended' and record.done >= record.total then
    local failed = record.failed > 0 and not record.maxFailures
    finish(tenant, job, failed and 'failed' or 'succeeded', nil, now, not failed and record.total == 1 and part or nil)
  end
end
