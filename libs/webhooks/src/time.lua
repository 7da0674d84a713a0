-- Milliseconds by the clock of Redis.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local OVERDUE_MS = 5000            -- behind its time, after which a try that BullMQ has lost is added anew
local KEPT_MS = 1209600000         -- how long an ended delivery can be looked at
local MOST_KEPT = 10000
