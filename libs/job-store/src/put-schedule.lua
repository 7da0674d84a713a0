-- @include "base"
-- Writes a schedule, by compare-and-set.
-- KEYS  1 group base
-- ARGV  1 tenant  2 schedule  3 its record as the caller read it, empty for none  4 the new one, empty to take it away  5 when it fires next in ms, or empty
-- Returns 'ok' | 'changed'

local key, member = tenant_key(ARGV[1], 'schedules'), ARGV[1] .. ' ' .. ARGV[2]
if (redis.call('HGET', key, ARGV[2]) or '') ~= ARGV[3] then return 'changed' end
if ARGV[4] == '' then redis.call('HDEL', key, ARGV[2]) else redis.call('HSET', key, ARGV[2], ARGV[4]) end
if ARGV[5] == '' then forego('schedule', member)
else
  await('schedule', member, ARGV[5])
  redis.call('PUBLISH', group_key('control'), 'due ' .. digits(math.max(0, tonumber(ARGV[5]) - now_ms())))
end
return 'ok'
