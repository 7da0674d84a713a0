-- @include "fill"
-- @include "finish"
-- Ends a job early. An ended job stays as it is.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 state (cancelled | failed)  4 error as JSON  5 idempotency key to release, or empty
-- Returns {'ok', tasks} | {'gone'}
-- Publishes wake (end), and control while something of the job runs

local tenant, job = ARGV[1], ARGV[2]
local record = record_of(tenant, job)
if not record then return { 'gone' } end
local tasks, now = {}, now_ms()
finish(tenant, job, ARGV[3], ARGV[4], now)
if ARGV[5] ~= '' then redis.call('DEL', idempotency_key(tenant, ARGV[5])) end
fill(tenant, record.pool, now, tasks)
return { 'ok', tasks }
