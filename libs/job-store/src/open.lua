-- @include "fill"
-- @include "finish"
-- @include "input"
-- @include "nested"
-- Opens what requests for one pool ask for, with what input is at hand: of each request all jobs or none.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 most live jobs of the group  4 1 = the task of each first chunk is queued already: handed out now, or under no such id
--       5 most levels of jobs inside jobs
--       6 JSON array of requests, each an array of jobs: {id, fields: {name: text}, blocks: [[items, text bytes] ...], ended, hold, loaderMs, length, origin, idempotency: {key, fingerprint}}
--       7.. the blocks' bytes, in order; behind those of a job with `origin`, the original index of each item
-- Returns {now, live workers, credit left of the pool (0 of one that is not plain), tasks, [per request: {'ok', {total, state} of each job} | {'unknown-function', name} | {'taken', id} | {'no-session', id} | {'no-parent' | 'parent-ended' | 'daemonic-parent', id} | {'too-deep', depth} | {'pool-closed', state} | {'replay', {fingerprint, id} of each job} | {'quota', live}]}
-- Publishes wake for a job that is over at once (an empty map)

local tenant, pool = ARGV[1], ARGV[2]
local requests = cjson.decode(ARGV[6])
local now = now_ms()

-- The record that a function left behind, or nil when none ever registered it.
local known = {}
local function known_function(name)
  if known[name] == nil then
    local json = redis.call('HGET', group_key('functions'), name)
    known[name] = json and cjson.decode(json) or false
  end
  return known[name] or nil
end

-- Fingerprint and id of the job that the same Idempotency-Key had made, or nothing.
local function made_before(job)
  local stored = job.idempotency and redis.call('GET', idempotency_key(tenant, job.idempotency.key))
  return string.match(stored or '', '^(%S+) (%S+)$')
end

local function replay(jobs)
  local reply = { 'replay' }
  for i, job in ipairs(jobs) do reply[i + 1] = { made_before(job) } end
  return reply
end

local function is_there(id) return records[job_key(tenant, id, 'record')] or redis.call('EXISTS', job_key(tenant, id, 'record')) == 1 end

local function refusal_of(job, jobs, ids)
  local _, id = made_before(job)
  -- one that is still there makes the request a replay as a whole: the others must not run again
  if id and is_there(id) then return replay(jobs) end
  if not known_function(job.fields['function']) then return { 'unknown-function', job.fields['function'] } end
  if ids[job.id] or is_there(job.id) then return { 'taken', job.id } end
  ids[job.id] = true
end

local live = redis.call('SCARD', group_key('live'))
local function refusal(jobs)
  local ids = {}
  for _, job in ipairs(jobs) do
    local refused = refusal_of(job, jobs, ids)
    if refused then return refused end
  end
  local state = pool_of(tenant, pool).state
  if state then return { 'pool-closed', state } end
  for _, job in ipairs(jobs) do
    for _, session in ipairs({ job.fields.session or job.fields.notify, job.fields.notify }) do
      if redis.call('EXISTS', session_key(tenant, session, 'record')) == 0 then return { 'no-session', session } end
    end
  end
  for _, job in ipairs(jobs) do
    local refused = job.fields.parent and parent_refusal(tenant, job.fields.parent, tonumber(ARGV[5]), job.fields.kind)
    if refused then return refused end
  end
  if live + #jobs > tonumber(ARGV[3]) then return { 'quota', live } end
  live = live + #jobs
end

-- Whether webhooks tell of it, and how far it is too.
local wishes
local function wish_of(job)
  if job.fields.tells == 'progress' then return 'progress' end
  if wishes == nil then wishes = redis.call('GET', tenant_key(tenant, 'webhookWishes')) end
  return wishes == 'progress' and wishes or job.fields.tells
end

-- Job over function: what the author declared stands where the caller said nothing, frozen now.
local function write_fields(record, job)
  for name, value in pairs(known_function(job.fields['function']).policy or {}) do
    set(record, name, type(value) == 'table' and cjson.encode(value) or value)
  end
  for name, value in pairs(job.fields) do set(record, name, value) end
  record.chunkSize = number(record.chunkSize, 0)
  set(record, 'priority', number(record.priority ~= 0 and record.priority or pool_of(tenant, pool).priority, 0))
  set(record, 'notBefore', record.delayMs and now + tonumber(record.delayMs) or 0)
  set(record, 'tells', wish_of(job))
  set(record, 'pool', pool)
  set(record, 'createdAt', now)
  set(record, 'state', job.ended and 'waiting' or 'loading')
  set(record, 'input', job.ended and 'ended' or 'open')
  set(record, 'hold', job.hold and '1' or '0')
end

local function watch(job, record)
  local member = job_member(tenant, job.id)
  redis.call('SADD', group_key('live'), member)
  redis.call('SADD', pool_key(tenant, pool, 'live'), job.id)
  if record.parent then enter_family(tenant, record, job.id) end
  if record.session then redis.call('SADD', session_key(tenant, record.session, 'jobs'), job.id) end
  if record.notBefore > 0 then await('start', member, record.notBefore) end
  if record.deadlineMs then await('deadline', member, now + tonumber(record.deadlineMs)) end
  if not job.ended then await('loader', member, now + job.loaderMs) end
  if record.results == 'once' then await('reader', member, now + NO_READER_MS) end
  if job.idempotency then
    set(record, 'idempotencyKey', job.idempotency.key)
    redis.call('SET', idempotency_key(tenant, job.idempotency.key), job.idempotency.fingerprint .. ' ' .. job.id, 'PX', 86400000)
  end
end

-- Python's rule for a known length: ceil(n / (4 x processes)).
local function plan(job, record)
  local length = job.length or (job.ended and record.total)
  set(record, 'planned', length and math.ceil(length / (4 * processes_of(tenant, pool))) or 0)
end

local next_blob = 7
local function take_blob()
  next_blob = next_blob + 1
  return ARGV[next_blob - 1]
end

local function skip_blobs(jobs)
  for _, job in ipairs(jobs) do next_blob = next_blob + #job.blocks + (job.origin and 1 or 0) end
end

-- What failed is not run again by whoever asks for many jobs at once, while there is a job that does.
local function note_retry(job)
  local record = job.fields.retryOf and record_of(tenant, job.fields.retryOf)
  if record then set(record, 'retriedAs', job.id) end
end

local function open(job)
  local record = new_record(tenant, job.id)
  write_fields(record, job)
  for _, block in ipairs(job.blocks) do store_block(tenant, job.id, block[1], block[2], take_blob()) end
  if job.origin then redis.call('SET', job_key(tenant, job.id, 'origin'), take_blob()) end
  plan(job, record)
  redis.call('ZADD', tenant_key(tenant, pool == PROCESS_POOL and 'processes' or 'jobs'), now, job.id)
  watch(job, record)
  note_retry(job)
  if record.total > 0 then enter_ring(tenant, pool, job.id)
  elseif job.ended then finish_if_over(tenant, job.id, now) end
  return { record.total, record.state }
end

local function answer(jobs)
  local refused = refusal(jobs)
  if refused then
    skip_blobs(jobs)
    return refused
  end
  local opened = { 'ok' }
  for i, job in ipairs(jobs) do opened[i + 1] = open(job) end
  return opened
end

local tasks = {}
local EARLY_MS = 10000

-- A task that is on its way to the queue already, and is not handed out (its job was refused, or has to wait): the queue passes over an id that
-- it has, so that the call which comes with the task does not start.
local function void_early(job)
  local id = job.id .. '-0-1'
  for _, task in ipairs(tasks) do
    if task[3] == id then return end
  end
  if redis.call('HSETNX', queued_key(id), 'void', 1) == 1 then redis.call('PEXPIRE', queued_key(id), EARLY_MS) end
end

-- Its chunk 0 was promised to a task that claims nothing now.
local function skip_first(record)
  if record and record.nextChunk == 0 then set(record, 'nextChunk', 1) end
end

local answers, has_opened = {}, false
for i, jobs in ipairs(requests) do
  answers[i] = answer(jobs)
  has_opened = has_opened or answers[i][1] == 'ok'
end
if has_opened then
  if pool ~= PROCESS_POOL then redis.call('SADD', tenant_key(tenant, 'pools'), pool) end
  fill(tenant, pool, now, tasks, ARGV[4] == '1')
end
if ARGV[4] == '1' then
  for _, jobs in ipairs(requests) do void_early(jobs[1]) end
  for _, record in pairs(records) do skip_first(record) end
  commit()
end
local free = is_plain(tenant, pool) and credit_of(tenant, pool) - taken_of(tenant, pool) or 0
return { now, redis.call('ZCARD', group_key('workersSeen')), free, tasks, answers }
