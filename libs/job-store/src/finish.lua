-- @include "base"
-- @include "chunk"
-- @include "task"
-- finish is one routine: settle, close, cancel, deadline and maxFailures all end there.

-- Unread input is freed at once.
local function free_input(tenant, job)
  local index = job_key(tenant, job, 'index')
  for _, row in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    redis.call('UNLINK', job_key(tenant, job, 'block') .. string.match(row, '^%d+'))
  end
  redis.call('UNLINK', index, job_key(tenant, job, 'left'))
end

-- Chunks nobody claimed give their credit back now; a claimed one keeps it until its worker has stopped.
local function drop_chunks(tenant, pool, job, now)
  local rows = redis.call('HGETALL', job_key(tenant, job, 'chunks'))
  for i = 1, #rows, 2 do
    local record = cmsgpack.unpack(rows[i + 1])
    local task = record.k and read_task(tenant, pool, record.k)
    local slice = task and find_slice(task, job, rows[i])
    if slice and slice[4] == 'q' then
      end_slice(tenant, slice, now)
      write_task(tenant, pool, record.k, task)
    end
  end
  redis.call('UNLINK', job_key(tenant, job, 'chunks'), job_key(tenant, job, 'again'))
end

-- Terminal state once; publish; into `sweep`.
local function finish(tenant, job, state, error, now, only)
  local key = job_key(tenant, job, 'record')
  local r = fields(key, { 'state', 'pool', 'running', 'inRing', 'resultTtlMs', 'results', 'deadlineMs', 'input' })
  if not r.state or is_ended(r.state) then return end
  local member = job_member(tenant, job)
  redis.call('HSET', key, 'state', state, 'finishedAt', now, 'inRing', '0')
  if error then redis.call('HSET', key, 'error', error) end
  if r.inRing == '1' then redis.call('LREM', pool_key(tenant, r.pool, 'ring'), 1, job) end
  drop_chunks(tenant, r.pool, job, now)
  free_input(tenant, job)
  redis.call('HSET', key, 'unread', 0)
  redis.call('SREM', group_key('live'), member)
  if r.input == 'open' then forego('loader', member) end
  if r.deadlineMs then forego('deadline', member) end
  if r.results == 'once' then forego('reader', member) end
  await('sweep', member, now + tonumber(r.resultTtlMs))
  if number(r.running, 0) <= 0 then redis.call('HSET', key, 'stoppedAt', now)
  else redis.call('PUBLISH', group_key('control'), 'cancel ' .. member) end
  tell(tenant, job, true, only)
end

-- maxFailures: a count, or a percentage that is judged when the input has ended.
local function too_many_failures(r)
  if not r.maxFailures then return false end
  local share = string.match(r.maxFailures, '^(%d+)%%$')
  if not share then return number(r.failed, 0) > tonumber(r.maxFailures) end
  return r.input == 'ended' and number(r.failed, 0) * 100 > tonumber(share) * number(r.total, 0)
end

-- Ends the job if nothing is left to do, or too much has failed. part: what was just stored, if it is small
local function finish_if_over(tenant, job, now, part)
  local r = fields(job_key(tenant, job, 'record'), { 'total', 'done', 'failed', 'input', 'maxFailures' })
  if too_many_failures(r) then
    local message = r.failed .. ' items failed; maxFailures is ' .. r.maxFailures
    finish(tenant, job, 'failed', cjson.encode({ name = 'TooManyFailures', code = 'too-many-failures', message = message }), now)
  elseif r.input == 'ended' and number(r.done, 0) >= number(r.total, 0) then
    local failed = number(r.failed, 0) > 0 and not r.maxFailures
    finish(tenant, job, failed and 'failed' or 'succeeded', nil, now, not failed and r.total == '1' and part or nil)
  end
end
