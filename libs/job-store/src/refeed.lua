-- @include "fill"
-- @include "nested"
-- A task that is in no queue any more: its live slices are handed out anew, each with its next generation.
-- KEYS  1 group base
-- ARGV  1 tenant  2 pool  3 task  4 when it was handed out or claimed, as the caller saw it: a task that moved since stays
-- Returns tasks

local tenant, pool, id = ARGV[1], ARGV[2], ARGV[3]
local now, tasks = now_ms(), {}
local task = read_task(tenant, pool, id)
if not task or (task.c or task.at) ~= tonumber(ARGV[4]) then return tasks end

drop_task(tenant, pool, id, task)
for _, slice in ipairs(task.s) do
  local job, chunk = slice[1], slice[2]
  local record = slice[4] ~= 'd' and read_chunk(tenant, job, chunk)
  if record and slice[4] == 'c' then end_children_of(tenant, job, record.d, now) end
  end_slice(tenant, slice, now)
  if record and record.k == id then
    record.g = record.g + 1
    -- its worker had kept it, and is gone
    if task.kept then record.v = record.v + 1 end
    write_chunk(tenant, job, chunk, record)
    redis.call('LPUSH', job_key(tenant, job, 'again'), chunk)
    enter_ring(tenant, pool, job)
  end
end
fill(tenant, pool, now, tasks)
return tasks
