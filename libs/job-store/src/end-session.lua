-- @include "fill"
-- @include "session"
-- Ends a session, and the jobs that belong to it.
-- KEYS  1 group base
-- ARGV  1 tenant  2 session
-- Returns 'ok' | 'gone'
-- Publishes wake (end) of jobs it ends, and control while something of them runs

if redis.call('EXISTS', session_key(ARGV[1], ARGV[2], 'record')) == 0 then return 'gone' end
end_session(ARGV[1], ARGV[2], now_ms())
commit()
return 'ok'
