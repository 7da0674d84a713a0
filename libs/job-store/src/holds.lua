-- @include "base"
-- @include "chunk"
-- Which claims still hold: asked after a reconnect and once a lease, since a cancel may have been told to nobody.
-- KEYS  1 group base
-- ARGV  1 tenant  2.. job, chunk, attempt
-- Returns 1 or 0 each

local held = {}
for i = 2, #ARGV, 3 do
  local state = redis.call('HGET', job_key(ARGV[1], ARGV[i], 'record'), 'state')
  local record = state and not is_ended(state) and read_chunk(ARGV[1], ARGV[i], ARGV[i + 1])
  held[#held + 1] = record and record.a == tonumber(ARGV[i + 2]) and 1 or 0
end
return held
