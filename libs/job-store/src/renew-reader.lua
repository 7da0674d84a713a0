-- @include "base"
-- The reader of a results=once job is still connected, though it asks for nothing now: it is slow.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 reader  4 reader's lease in ms
-- Returns 1 when it is the reader

local tenant, job = ARGV[1], ARGV[2]
local key = job_key(tenant, job, 'record')
local r = fields(key, { 'reader', 'state' })
if r.reader ~= ARGV[3] then return 0 end
local now = now_ms()
redis.call('HSET', key, 'readerUntil', now + tonumber(ARGV[4]))
if not is_ended(r.state) then await('reader', job_member(tenant, job), now + NO_READER_MS) end
return 1
