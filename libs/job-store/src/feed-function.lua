-- @include "fill"
-- Feeds some of the live jobs of a function that is paused no more.
-- KEYS  1 group base
-- ARGV  1 function  2 cursor, at first 0
-- Returns {next cursor, 0 at the end, tasks}

local BATCH = 500
local now, tasks, busy = now_ms(), {}, {}

local function feed(member)
  local tenant, job = split(member)
  local record = record_of(tenant, job)
  if not record or record['function'] ~= ARGV[1] then return end
  enter_ring(tenant, record.pool, job)
  busy[job_member(tenant, record.pool)] = true
end

local reply = redis.call('SSCAN', group_key('live'), ARGV[2], 'COUNT', BATCH)
for _, member in ipairs(reply[2]) do feed(member) end
commit()
for member in pairs(busy) do
  local tenant, pool = split(member)
  fill(tenant, pool, now, tasks)
end
return { reply[1], tasks }
