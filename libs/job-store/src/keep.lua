-- @include "task"
-- The worker of these tasks lives, and keeps them.
-- KEYS  1 group base
-- ARGV  tenant, pool, task of each

for i = 1, #ARGV, 3 do
  local task = read_task(ARGV[i], ARGV[i + 1], ARGV[i + 2])
  if task then
    task.c = now_ms()
    write_task(ARGV[i], ARGV[i + 1], ARGV[i + 2], task)
  end
end
