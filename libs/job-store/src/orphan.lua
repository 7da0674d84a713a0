-- @include "fill"
-- @include "nested"
-- Items of a job run again from their beginning: nobody waits any more for what they have submitted.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 first item  4 last item
-- Publishes wake (end) of jobs it ends, and control while something of them runs

local record = record_of(ARGV[1], ARGV[2])
if not record or not record.nested then return end
end_children(ARGV[1], ARGV[2], ARGV[3], ARGV[4], now_ms())
commit()
