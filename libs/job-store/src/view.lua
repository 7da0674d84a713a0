-- @include "fill"
-- A job as it stands, in one look.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job
-- Returns {} when there is none, else {record fields, faults, first failed item or '', workers, credit left of the pool, why it is held back or '', now}

local tenant, job = ARGV[1], ARGV[2]
local record = redis.call('HGETALL', job_key(tenant, job, 'record'))
if #record == 0 then return {} end
local faults = redis.call('HGETALL', job_key(tenant, job, 'faults'))
local first = redis.call('ZRANGE', job_key(tenant, job, 'failed'), 0, 0)
local r = record_of(tenant, job)
if is_ended(r.state) then return { record, faults, first[1] or '', 0, 0, '', now_ms() } end
local credit = credit_of(tenant, r.pool)
local free = credit - taken_of(tenant, r.pool)
local workers = redis.call('ZCARD', group_key('workersSeen'))
begin_rate(tenant, r.pool, now_ms())
local held = r.notBefore > 0 and 'until' or stopped_by(tenant, r) or held_back(r, credit)
return { record, faults, first[1] or '', workers, free, held or '', now_ms() }
