-- @include "waiting"
-- A caller does not wait any longer.
-- KEYS  1 group base
-- ARGV  1 tenant  2 owner  3 1 = there is nobody who would take an answer  4 door: one that went to another is left alone
-- Returns its answer, false when it does not wait here
-- Publishes door of those that are handed something

local waiter = waiter_of(ARGV[2])
if not waiter or waiter.call.door ~= ARGV[4] then return false end
local answer = leave(ARGV[2], ARGV[3] == '1')
commit()
return answer
