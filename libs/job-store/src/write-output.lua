-- @include "base"
-- Keeps what a process writes, each piece under the count of bytes it had written by then; the oldest go beyond a bound.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 bytes that are kept  4.. stream (stdout | stderr), bytes written by its end, piece
-- Returns 1, or 0 when there is no such job
-- Publishes wake
-- A resend finds its pieces there and stores nothing.

local tenant, job, kept = ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('EXISTS', job_key(tenant, job, 'record')) == 0 then return 0 end
local key = job_key(tenant, job, 'output')
local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
local written = last and tonumber(string.match(last[1], '^%d+')) or 0
for i = 4, #ARGV, 3 do
  if tonumber(ARGV[i + 1]) > written then
    written = tonumber(ARGV[i + 1])
    redis.call('XADD', key, digits(written) .. '-1', ARGV[i], ARGV[i + 2])
  end
end
if written > kept then redis.call('XTRIM', key, 'MINID', digits(written - kept + 1)) end
tell(tenant, job)
return 1
