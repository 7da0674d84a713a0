-- @include "waiting"
-- A process that outlives its program is given objects of managers that end with it: they stay until it has ended.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job of the process  3... managers

for i = 3, #ARGV do
  if redis.call('HEXISTS', manager_key(ARGV[i], 'record'), 'session') == 1 then redis.call('SADD', manager_key(ARGV[i], 'users'), ARGV[2]) end
end
