-- @include "fill"
-- @include "finish"
-- The input of a job has ended; what was held back starts now.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job
-- Returns {'ok', tasks} | {'gone'}; closing twice is harmless
-- Publishes wake, as `total` is known now and the job may be over

local tenant, job = ARGV[1], ARGV[2]
local key = job_key(tenant, job, 'record')
local r = fields(key, { 'state', 'pool', 'input', 'startedAt', 'total', 'hold' })
if not r.state then return { 'gone' } end
local tasks = {}
if is_ended(r.state) or r.input ~= 'open' then return { 'ok', tasks } end

local now = now_ms()
redis.call('HSET', key, 'input', 'ended', 'state', r.startedAt and 'running' or 'waiting', 'hold', '0')
forego('loader', job_member(tenant, job))
if r.hold == '1' then
  redis.call('HSET', key, 'planned', digits(math.ceil(number(r.total, 0) / (4 * processes_of(tenant, r.pool)))))
  if number(r.total, 0) > 0 then enter_ring(tenant, r.pool, job) end
end
finish_if_over(tenant, job, now)
fill(tenant, r.pool, now, tasks)
tell(tenant, job)
return { 'ok', tasks }
