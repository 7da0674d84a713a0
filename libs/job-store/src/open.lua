-- @include "fill"
-- @include "finish"
-- @include "input"
-- Opens jobs of one pool, with what input is at hand, all in one step.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 most live jobs of the group
--       4 JSON array of jobs: {id, fields: [name, value ...], blocks: [[items, text bytes] ...], ended, hold, loaderMs, length, origin, idempotency: {key, fingerprint}}
--       5.. the blocks' bytes, in order; behind those of a job with `origin`, the original index of each item
-- Returns {'ok', now, [per job: total, state], tasks, live workers, credit left of the pool} | {'unknown-function', name} | {'taken', id} | {'replay', fingerprint, id} | {'quota', live}
-- Publishes wake for a job that is over at once (an empty map)

local tenant, pool = ARGV[1], ARGV[2]
local jobs = cjson.decode(ARGV[4])
local now = now_ms()

local function field_of(job, name)
  for i = 1, #job.fields, 2 do
    if job.fields[i] == name then return job.fields[i + 1] end
  end
  return nil
end

local function refusal(job)
  if job.idempotency then
    local stored = redis.call('GET', idempotency_key(tenant, job.idempotency.key))
    local fingerprint, id = string.match(stored or '', '^(%S+) (%S+)$')
    if id and redis.call('EXISTS', job_key(tenant, id, 'record')) == 1 then return { 'replay', fingerprint, id } end
  end
  local name = field_of(job, 'function')
  if redis.call('HEXISTS', group_key('functions'), name) == 0 then return { 'unknown-function', name } end
  if redis.call('EXISTS', job_key(tenant, job.id, 'record')) == 1 then return { 'taken', job.id } end
end

local live = redis.call('SCARD', group_key('live'))
if live + #jobs > tonumber(ARGV[3]) then return { 'quota', live } end
for _, job in ipairs(jobs) do
  local refused = refusal(job)
  if refused then return refused end
end

-- Job over function: what the author declared stands where the caller said nothing, frozen now.
local function with_policy(job, key)
  local record = cjson.decode(redis.call('HGET', group_key('functions'), field_of(job, 'function')))
  for name, value in pairs(record.policy or {}) do redis.call('HSETNX', key, name, value) end
end

local function watch(job, member)
  local deadline = number(field_of(job, 'deadlineMs'))
  redis.call('SADD', group_key('live'), member)
  if deadline then await('deadline', member, now + deadline) end
  if not job.ended then await('loader', member, now + job.loaderMs) end
  if field_of(job, 'results') == 'once' then await('reader', member, now + NO_READER_MS) end
  if job.idempotency then
    redis.call('SET', idempotency_key(tenant, job.idempotency.key), job.idempotency.fingerprint .. ' ' .. job.id, 'PX', 86400000)
  end
end

-- Python's rule for a known length: ceil(n / (4 x processes)).
local function plan(job, key)
  local length = job.length or (job.ended and number(redis.call('HGET', key, 'total'), 0))
  local planned = length and math.ceil(length / (4 * processes_of(tenant, pool))) or 0
  redis.call('HSET', key, 'planned', digits(planned))
end

local next_blob = 5
local function open(job)
  local key, member = job_key(tenant, job.id, 'record'), job_member(tenant, job.id)
  redis.call('HSET', key, 'pool', pool, 'createdAt', now, 'state', job.ended and 'waiting' or 'loading', 'input', job.ended and 'ended' or 'open',
    'hold', job.hold and '1' or '0', unpack(job.fields))
  with_policy(job, key)
  for _, block in ipairs(job.blocks) do
    store_block(tenant, job.id, block[1], block[2], ARGV[next_blob])
    next_blob = next_blob + 1
  end
  if job.origin then
    redis.call('SET', job_key(tenant, job.id, 'origin'), ARGV[next_blob])
    next_blob = next_blob + 1
  end
  plan(job, key)
  redis.call('ZADD', tenant_key(tenant, 'jobs'), now, job.id)
  watch(job, member)
  if number(redis.call('HGET', key, 'total'), 0) > 0 then enter_ring(tenant, pool, job.id)
  elseif job.ended then finish_if_over(tenant, job.id, now) end
end

redis.call('SADD', tenant_key(tenant, 'pools'), pool)
local opened, tasks = {}, {}
for _, job in ipairs(jobs) do
  open(job)
  local r = fields(job_key(tenant, job.id, 'record'), { 'total', 'state' })
  opened[#opened + 1] = { number(r.total, 0), r.state }
end
fill(tenant, pool, now, tasks)
local free = credit_of(tenant, pool) - redis.call('HLEN', pool_key(tenant, pool, 'out'))
return { 'ok', now, opened, tasks, redis.call('ZCARD', group_key('workersSeen')), free }
