-- @include "waiting"
-- Callers that wait take what they were handed.
-- KEYS  1 group base
-- ARGV  1 tenant  2... owners
-- Returns an answer each, false for one that still waits, 0 for one that stands in no line

local answers = {}
for i = 2, #ARGV do
  local waiter = waiter_of(ARGV[i])
  if waiter and waiter.given then forget(ARGV[i], waiter) end
  answers[i - 1] = waiter and (waiter.given or false) or 0
end
return answers
