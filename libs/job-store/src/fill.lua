-- @include "ring"
-- @include "rate"
-- @include "chunk"
-- @include "task"
-- fill: while the pool has credit, cut the next chunk from the next job of its ring. It ends every engine script.

local CHUNK_US = 100000            -- chunks the engine sizes aim at this much measured work
local TAIL_US = 20000              -- and shrink at the tail down to this much: a chunk costs some 3 ms of a process
local FAST_US = 1000               -- applies of functions at most this slow share a task
local SHARED_SLICES = 64
local MOST_PARKED = 16             -- processes that wait for nested work: of a small fleet; of a larger one half as many for each process
local PROCESS_CREDIT = 1000000000

local function size_of(tenant, pool)
  -- processes stand outside the slots: they wait in their queue, each worker has a limit of its own
  if pool == PROCESS_POOL then return PROCESS_CREDIT end
  return bound_of(tenant, pool) or math.max(4, 2 * capacity())
end

local function credit_of(tenant, pool)
  return pool_of(tenant, pool).paused and pool ~= PROCESS_POOL and 0 or size_of(tenant, pool)
end

-- Whether so many processes of this depth wait for nested work that no more of it may begin: only what is deeper, which they wait for.
local function is_crowded(tenant, pool, depth)
  local parked = parked_at(tenant, pool, depth)
  return parked > 0 and parked >= math.max(MOST_PARKED, MOST_PARKED / 2 * capacity())
end

local function processes_of(tenant, pool)
  local live = math.max(1, capacity())
  return math.min(bound_of(tenant, pool) or live, live)
end

-- Mean microseconds of an item: the job's own, else the function's; nil when nobody knows.
local function mean_us(record)
  if record.done > 0 then return record.itemUs / record.done end
  local time = time_of(record['function'])
  return time and time.mean
end

local function next_size(record, processes, tokens)
  local left = record.total - record.fed
  if tokens then left = math.min(left, math.floor(tokens)) end
  if record.chunkSize > 0 then return math.min(left, record.chunkSize) end
  local fits = math.max(1, math.floor(CHUNK_BYTES / math.max(1, record.bytesIn / record.total)))
  local mean = mean_us(record)
  local work = mean and math.max(1, math.floor(CHUNK_US / math.max(mean, 0.01))) or 1
  local size = record.planned > 0 and record.planned or work
  if mean then
    local tail = math.max(math.ceil(left / (2 * processes)), math.floor(TAIL_US / math.max(mean, 0.01)))
    size = math.min(size, math.max(1, tail))
  end
  return math.min(left, fits, size)
end

-- Why the job may not be fed now, or nil. A reader that has read everything leaves BEHIND_BYTES of results: input alone holds nothing back.
local function held_back(record, credit)
  local behind = record.results == 'once' and record.bytesKept > 2 * BEHIND_BYTES
  if behind and record.unread + record.bytesKept > ONCE_BYTES then return 'unread-results' end
  if record.due > 10 * credit then return 'retry' end
end

-- The same of what is said of its function or its pool.
local function stopped_by(tenant, record)
  local pool = pool_of(tenant, record.pool)
  if pool.paused or is_paused_function(record['function']) then return 'paused' end
  if is_out_of_tokens(pool) then return 'rate-limit' end
  if is_crowded(tenant, record.pool, record.depth) then return 'pool-full' end
end

-- The number of the job's next chunk, its record, and whether more may follow; nil when there is none.
local function cut_chunk(tenant, job, record, credit)
  if is_paused_function(record['function']) then return nil end
  while true do
    local again = redis.call('LPOP', job_key(tenant, job, 'again'))
    if not again then break end
    -- one that was thought lost may have been settled after all
    local chunk = read_chunk(tenant, job, again)
    if chunk then
      take_tokens(pool_of(tenant, record.pool), count_todo(chunk.d))
      return again, chunk, true
    end
  end
  if record.fed >= record.total or held_back(record, credit) then return nil end
  local from, chunk = record.fed, digits(record.nextChunk)
  set(record, 'fed', from + next_size(record, processes_of(tenant, record.pool), pool_of(tenant, record.pool).tokens))
  take_tokens(pool_of(tenant, record.pool), record.fed - from)
  add(record, 'nextChunk', 1)
  return chunk, { g = 1, a = 0, t = 0, v = 0, d = { from, record.fed } }, record.fed < record.total
end

-- The next chunk of the pool's ring as {job, chunk, chunk's record, job's record}, nil when there is none.
local function next_chunk(tenant, pool, credit)
  while not is_out_of_tokens(pool_of(tenant, pool)) do
    local ring, level = top_ring(tenant, pool)
    if is_crowded(tenant, pool, depth_of(level)) then return nil end
    local job = redis.call('LMOVE', ring, ring, 'LEFT', 'RIGHT')
    if not job then return nil end
    local record, chunk, cut, more = record_of(tenant, job), nil, nil, false
    if record and not is_ended(record.state) then chunk, cut, more = cut_chunk(tenant, job, record, credit) end
    if not more then leave_ring(ring, record) end
    if chunk then return { job, chunk, cut, record } end
  end
end

-- maxTasksPerChild counts chunks: a pool that has it hands them out one by one.
local function shares_a_task(tenant, record)
  if pool_of(tenant, record.pool).maxTasksPerChild or record.priority ~= 0 then return false end
  local time = record.kind == 'apply' and time_of(record['function'])
  return time and time.mean <= FAST_US
end

local function next_shares(tenant, pool)
  if is_out_of_tokens(pool_of(tenant, pool)) then return false end
  local job = redis.call('LINDEX', (top_ring(tenant, pool)), 0)
  local record = job and record_of(tenant, job)
  return record and shares_a_task(tenant, record)
end

-- A slow or unknown function never shares a task; fast applies are spread over the credit that is left, then share.
local function gather(tenant, pool, credit, free, alone)
  local first = next_chunk(tenant, pool, credit)
  if not first then return nil end
  local gathered = { first }
  if alone or not shares_a_task(tenant, first[4]) then return gathered end
  local share = math.min(SHARED_SLICES, math.ceil((redis.call('LLEN', (top_ring(tenant, pool))) + 1) / free))
  while #gathered < share and next_shares(tenant, pool) do
    local another = next_chunk(tenant, pool, credit)
    if not another then break end
    gathered[#gathered + 1] = another
  end
  return gathered
end

local function next_task(tenant, pool, credit, free, now, alone)
  local chunks = gather(tenant, pool, credit, free, alone)
  if not chunks then return nil end
  local id = chunks[1][1] .. '-' .. chunks[1][2] .. '-' .. chunks[1][3].g
  local task = { at = now, s = {}, p = level_of(chunks[1][4]) }
  for i, chunk in ipairs(chunks) do
    local job, name, record = chunk[1], chunk[2], chunk[3]
    record.k = id
    write_chunk(tenant, job, name, record)
    task.s[i] = { job, name, record.g, 'q' }
  end
  redis.call('HSET', pool_key(tenant, pool, 'out'), id, cmsgpack.pack(task))
  return task_reply(tenant, pool, id, task)
end

-- Those that have what they waited for go on before anything new begins, also while the pool is paused.
local function resume_parked(tenant, pool)
  if not pool_of(tenant, pool).parks then return end
  local free = size_of(tenant, pool) - taken_of(tenant, pool)
  if free <= 0 then return end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', pool_key(tenant, pool, 'parked'), '(0', '+inf', 'LIMIT', 0, free)) do
    unpark(tenant, pool, id, read_task(tenant, pool, id))
    redis.call('PUBLISH', group_key('control'), 'resume ' .. id)
  end
end

-- Appends to `tasks` what must be added to the queue now. alone: no task has two slices
local function fill(tenant, pool, now, tasks, alone)
  resume_parked(tenant, pool)
  local credit = credit_of(tenant, pool)
  local free = credit - taken_of(tenant, pool)
  begin_rate(tenant, pool, now)
  while free > 0 do
    local task = next_task(tenant, pool, credit, free, now, alone)
    if not task then break end
    tasks[#tasks + 1] = task
    free = free - 1
  end
  end_rate(tenant, pool, now, free > 0)
  commit()
end
