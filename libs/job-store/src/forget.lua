-- @include "purge"
-- Forgets an ended job: all its keys go now. A job of very many blocks takes several calls.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job
-- Returns 'gone' | 'live' | 'telling' (a webhook is still to tell of it) | 'more' | 'ok'
-- Publishes wake (end) of children that were still to end with it

local tenant, job = ARGV[1], ARGV[2]
local state = redis.call('HGET', job_key(tenant, job, 'record'), 'state')
if not state then return 'gone' end
if not is_ended(state) then return 'live' end
if is_to_tell(tenant, job, state) then return 'telling' end
local gone = purge(tenant, job)
commit()
return gone and 'ok' or 'more'
