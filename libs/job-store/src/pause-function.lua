-- @include "base"
-- Hands out nothing more of a function, or goes on with it: its jobs have to be fed then.
-- KEYS  1 group base
-- ARGV  1 function  2 1 = paused
-- Returns 'ok' | 'gone'

local name, key = ' ' .. ARGV[1] .. ' ', group_key('pausedFunctions')
if redis.call('HEXISTS', group_key('functions'), ARGV[1]) == 0 then return 'gone' end
local names = redis.call('GET', key) or ' '
local from, to = string.find(names, name, 1, true)
if ARGV[2] == '1' and not from then redis.call('SET', key, names .. ARGV[1] .. ' ') end
if ARGV[2] ~= '1' and from then redis.call('SET', key, string.sub(names, 1, from) .. string.sub(names, to + 1)) end
return 'ok'
