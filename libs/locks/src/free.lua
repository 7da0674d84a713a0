-- A node lets a lock go, if it is still ours.
-- KEYS  1 the lock's key
-- ARGV  1 mark of the grant
-- Returns 1 = it was ours

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
