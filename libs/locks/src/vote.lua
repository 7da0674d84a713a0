-- A node's vote for a lock: its key is ours, or becomes ours.
-- KEYS  1 the lock's key
-- ARGV  1 mark of the grant  2 ttl in ms
-- Returns {1 = it is ours, run id of this node, seconds since it started}

local owner = redis.call('GET', KEYS[1])
if not owner then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
elseif owner == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
local info = redis.call('INFO', 'server')
return { (not owner or owner == ARGV[1]) and 1 or 0, string.match(info, 'run_id:(%w+)'), string.match(info, 'uptime_in_seconds:(%d+)') }
