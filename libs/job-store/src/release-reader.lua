-- @include "base"
-- A reader of a results=once job goes; another may come at once.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 reader
-- Returns 1 when it was the reader

local key = job_key(ARGV[1], ARGV[2], 'record')
if redis.call('HGET', key, 'reader') ~= ARGV[3] then return 0 end
redis.call('HDEL', key, 'reader', 'readerUntil')
return 1
