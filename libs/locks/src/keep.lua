-- A lease begins anew on a node, if the lock is still ours there. One that was let go meanwhile is not taken again.
-- KEYS  1 the lock's key
-- ARGV  1 mark of the grant  2 ttl in ms
-- Returns 1 = it is ours

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
