-- @include "fill"
-- The function of a parked task has what it waited for, and goes on as soon as its pool has credit: before what has not begun.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task
-- Returns {1 = it may go on, also when it is not parked | 0, tasks}
-- Publishes control (resume) for each that may go on

local tenant, pool, id = ARGV[1], ARGV[2], ARGV[3]
local now, tasks = now_ms(), {}
local score = parked_score(tenant, pool, id)
if not score then return { 1, tasks } end
if tonumber(score) == 0 then want_to_go_on(tenant, pool, id) end
fill(tenant, pool, now, tasks)
return { parked_score(tenant, pool, id) and 0 or 1, tasks }
