-- @include "finish"
-- A client's lease: jobs that belong to it end with it.

local ENDS_STAY_MS = 60000         -- whoever follows the session reads its last ends

local function end_session(tenant, session, now)
  local error = { name = 'ManyhandsError', code = 'cancelled', message = 'the session it belongs to has ended' }
  for _, job in ipairs(redis.call('SMEMBERS', session_key(tenant, session, 'jobs'))) do
    finish(tenant, job, 'cancelled', cjson.encode(error), now)
  end
  redis.call('DEL', session_key(tenant, session, 'record'), session_key(tenant, session, 'jobs'))
  redis.call('PEXPIRE', session_key(tenant, session, 'ended'), ENDS_STAY_MS)
  tell(tenant, 'session/' .. session, true)
  forego('session', tenant .. ' ' .. session)
end
