-- @include "base"
-- Who lives, and how many processes there are.

local function count_capacity()
  local processes = 0
  for _, record in ipairs(redis.call('HVALS', group_key('workers'))) do processes = processes + tonumber(string.match(record, '^%d+')) end
  redis.call('SET', group_key('capacity'), processes)
end

local function drop_workers(ids)
  if #ids == 0 then return end
  redis.call('ZREM', group_key('workersSeen'), unpack(ids))
  redis.call('HDEL', group_key('workers'), unpack(ids))
  count_capacity()
end

local function drop_silent_workers(now, silence)
  drop_workers(redis.call('ZRANGEBYSCORE', group_key('workersSeen'), '-inf', now - silence))
end
