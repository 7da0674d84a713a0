-- @include "fill"
-- @include "finish"
-- The input of a job has ended; what was held back starts now.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job
-- Returns {'ok', tasks} | {'gone'}; closing twice is harmless
-- Publishes wake, as `total` is known now and the job may be over

local tenant, job = ARGV[1], ARGV[2]
local record = record_of(tenant, job)
if not record then return { 'gone' } end
local tasks = {}
if is_ended(record.state) or record.input ~= 'open' then return { 'ok', tasks } end

local now = now_ms()
local held = record.hold == '1'
set(record, 'input', 'ended')
set(record, 'state', record.startedAt and 'running' or 'waiting')
set(record, 'hold', '0')
forego('loader', job_member(tenant, job))
if held then
  set(record, 'planned', math.ceil(record.total / (4 * processes_of(tenant, record.pool))))
  if record.total > 0 then enter_ring(tenant, record.pool, job) end
end
finish_if_over(tenant, job, now)
fill(tenant, record.pool, now, tasks)
tell(tenant, job)
return { 'ok', tasks }
