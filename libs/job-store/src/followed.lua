-- @include "base"
-- What follows a job is there, or cannot be: it fires no more.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 the job that followed, or empty  4 why none can, or empty
-- Returns 'ok'

local key = job_key(ARGV[1], ARGV[2], 'record')
if redis.call('EXISTS', key) == 1 then
  redis.call('HSET', key, 'thenJob', ARGV[3], 'thenError', ARGV[4])
end
forego('then', job_member(ARGV[1], ARGV[2]))
return 'ok'
