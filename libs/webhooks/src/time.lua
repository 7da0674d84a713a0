-- Milliseconds by the clock of Redis.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local OVERDUE_MS = 5000            -- behind its time, after which a try that BullMQ has lost is added anew
local DAY_MS = 86400000            -- how long one that was delivered can be looked at
local KEPT_MS = 14 * DAY_MS        -- the same of others
local MOST_KEPT = 10000
