-- @include "fill"
-- The function of a task waits for nested work: its credit goes to others, and from now on its worker keeps it, not the queue.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task
-- Returns tasks

local tenant, pool, id = ARGV[1], ARGV[2], ARGV[3]
local now, tasks = now_ms(), {}
local task = read_task(tenant, pool, id)
if not task then return tasks end
task.kept, task.c = 1, now
write_task(tenant, pool, id, task)
park(tenant, pool, id, task)
fill(tenant, pool, now, tasks)
return tasks
