-- @include "base"
-- @include "chunk"
-- A worker says that it starts a process, and later which pid it has. Whoever has said so first has the process: nobody else starts it again.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 chunk  4 attempt  5 worker  6 host  7 pid, or empty before it is started
-- Returns {'ok', "<n> <signal>" that was asked for last, or '', its name} | {'ended'} | {'stale'} | {'begun', worker}
-- Publishes wake when there is a pid

local tenant, job, worker, pid = ARGV[1], ARGV[2], ARGV[5], ARGV[7]
local key = job_key(tenant, job, 'record')
local r = fields(key, { 'state', 'worker', 'begun', 'signals', 'name' })
if not r.state or is_ended(r.state) then return { 'ended' } end
local chunk = read_chunk(tenant, job, ARGV[3])
if not chunk or chunk.a ~= tonumber(ARGV[4]) then return { 'stale' } end
-- one that was begun under an older claim was started, whoever asks: it is not started again
if r.worker and (r.worker ~= worker or (pid == '' and r.begun ~= ARGV[4])) then return { 'begun', r.worker } end
if pid == '' then
  redis.call('HSET', key, 'begun', ARGV[4], 'worker', worker, 'host', ARGV[6])
else
  redis.call('HSET', key, 'pid', pid)
  tell(tenant, job)
end
return { 'ok', r.signals or '', r.name or '' }
