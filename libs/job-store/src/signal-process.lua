-- @include "fill"
-- @include "finish"
-- A signal for a process. One that nobody has taken yet ends here; for one that runs it is noted, and its worker told. An ended one stays as it is.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 SIGTERM | SIGKILL  4 error as JSON of one that never ran
-- Returns {'ok', tasks} | {'gone'}
-- Publishes wake (end) or control

local tenant, job = ARGV[1], ARGV[2]
local key = job_key(tenant, job, 'record')
local record, now, tasks = record_of(tenant, job), now_ms(), {}
if not record or record.kind ~= 'process' then return { 'gone' } end
if is_ended(record.state) then return { 'ok', tasks } end
if not record.startedAt then
  finish(tenant, job, 'cancelled', ARGV[4], now)
  fill(tenant, record.pool, now, tasks)
  return { 'ok', tasks }
end
local count = number(string.match(redis.call('HGET', key, 'signals') or '', '^%d+'), 0) + 1
local signals = digits(count) .. ' ' .. ARGV[3]
redis.call('HSET', key, 'signals', signals)
redis.call('PUBLISH', group_key('control'), 'signal ' .. job_member(tenant, job) .. ' ' .. signals)
return { 'ok', tasks }
