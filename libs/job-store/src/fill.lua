-- @include "base"
-- @include "chunk"
-- @include "task"
-- fill: while the pool has credit, cut the next chunk from the next job of its ring. It ends every engine script.

local FEED_FIELDS = { 'state', 'total', 'fed', 'done', 'input', 'chunkSize', 'planned', 'bytesIn', 'itemUs', 'function', 'kind', 'results',
  'unread', 'bytesKept', 'due', 'nextChunk', 'pool' }
local CHUNK_US = 100000            -- chunks the engine sizes aim at this much measured work
local TAIL_US = 5000               -- and shrink at the tail down to this much
local FAST_US = 1000               -- applies of functions at most this slow share a task
local SHARED_SLICES = 64

local function capacity() return number(redis.call('GET', group_key('capacity')), 0) end

local function credit_of(tenant, pool)
  local bound = redis.call('HGET', pool_key(tenant, pool, 'record'), 'processes')
  return bound and tonumber(bound) or math.max(4, 2 * capacity())
end

local function processes_of(tenant, pool)
  local bound = redis.call('HGET', pool_key(tenant, pool, 'record'), 'processes')
  local live = math.max(1, capacity())
  return bound and math.min(tonumber(bound), live) or live
end

-- Puts a live job into its pool's ring, once.
local function enter_ring(tenant, pool, job)
  local key = job_key(tenant, job, 'record')
  if redis.call('HGET', key, 'inRing') == '1' or redis.call('HGET', key, 'hold') == '1' then return end
  redis.call('HSET', key, 'inRing', '1')
  redis.call('RPUSH', pool_key(tenant, pool, 'ring'), job)
  redis.call('SADD', group_key('busyPools'), job_member(tenant, pool))
end

-- The job that was just turned to the end of the ring leaves it.
local function leave_ring(tenant, pool, job)
  redis.call('RPOP', pool_key(tenant, pool, 'ring'))
  redis.call('HSET', job_key(tenant, job, 'record'), 'inRing', '0')
end

-- Mean microseconds of an item: the job's own, else the function's; nil when nobody knows.
local function mean_us(r)
  local done = number(r.done, 0)
  if done > 0 then return number(r.itemUs, 0) / done end
  local stored = redis.call('HGET', group_key('functionTimes'), r['function'])
  return stored and tonumber(string.match(stored, '^%S+'))
end

local function next_size(r, processes)
  local left = r.total - r.fed
  if r.chunkSize > 0 then return math.min(left, r.chunkSize) end
  local fits = math.max(1, math.floor(CHUNK_BYTES / math.max(1, r.bytesIn / r.total)))
  local mean = mean_us(r)
  local work = mean and math.max(1, math.floor(CHUNK_US / math.max(mean, 0.01))) or 1
  local size = r.planned > 0 and r.planned or work
  if mean then
    local tail = math.max(math.ceil(left / (2 * processes)), math.floor(TAIL_US / math.max(mean, 0.01)))
    size = math.min(size, math.max(1, tail))
  end
  return math.min(left, fits, size)
end

local function feed_record(tenant, job)
  local r = fields(job_key(tenant, job, 'record'), FEED_FIELDS)
  if not r.state or is_ended(r.state) then return nil end
  for _, name in ipairs({ 'total', 'fed', 'done', 'chunkSize', 'planned', 'bytesIn', 'itemUs', 'unread', 'bytesKept', 'due', 'nextChunk' }) do
    r[name] = number(r[name], 0)
  end
  return r
end

-- Why the job may not be fed now, or nil.
local function held_back(r, credit)
  if r.results == 'once' and r.unread + r.bytesKept > ONCE_BYTES then return 'unread-results' end
  if r.due > 10 * credit then return 'retry' end
end

-- The next chunk of the job as {chunk, generation, whether more may follow}, or nil.
local function cut_chunk(tenant, job, r, credit)
  local again = redis.call('LPOP', job_key(tenant, job, 'again'))
  if again then
    local record = read_chunk(tenant, job, again)
    return { again, record.g, true }
  end
  if r.fed >= r.total or held_back(r, credit) then return nil end
  local to = r.fed + next_size(r, processes_of(tenant, r.pool))
  local chunk = digits(r.nextChunk)
  write_chunk(tenant, job, chunk, { g = 1, a = 0, t = 0, v = 0, d = { r.fed, to } })
  redis.call('HSET', job_key(tenant, job, 'record'), 'fed', digits(to), 'nextChunk', digits(r.nextChunk + 1))
  return { chunk, 1, to < r.total }
end

-- The next slice of the pool's ring as {job, chunk, generation}, and the job's record; nil when there is none.
local function next_slice(tenant, pool, credit)
  local ring = pool_key(tenant, pool, 'ring')
  while true do
    local job = redis.call('LMOVE', ring, ring, 'LEFT', 'RIGHT')
    if not job then return nil end
    local r = feed_record(tenant, job)
    local cut = r and cut_chunk(tenant, job, r, credit)
    if not (cut and cut[3]) and redis.call('LLEN', job_key(tenant, job, 'again')) == 0 then leave_ring(tenant, pool, job) end
    if cut then return { job, cut[1], cut[2], 'q' }, r end
  end
end

local function shares_a_task(r)
  if r.kind ~= 'apply' then return false end
  local stored = redis.call('HGET', group_key('functionTimes'), r['function'])
  return stored and tonumber(string.match(stored, '^%S+')) <= FAST_US
end

-- A slow or unknown function never shares a task; fast applies are spread over the credit that is left, then share.
local function next_task(tenant, pool, credit, free, now)
  local slice, r = next_slice(tenant, pool, credit)
  if not slice then return nil end
  local task = { at = now, s = { slice } }
  local share = math.min(SHARED_SLICES, math.ceil((redis.call('LLEN', pool_key(tenant, pool, 'ring')) + 1) / free))
  while #task.s < share and shares_a_task(r) do
    local another, other = next_slice(tenant, pool, credit)
    if not another then break end
    task.s[#task.s + 1] = another
    r = other
  end
  local id = slice[1] .. '-' .. slice[2] .. '-' .. slice[3]
  for _, part in ipairs(task.s) do
    local record = read_chunk(tenant, part[1], part[2])
    record.k = id
    write_chunk(tenant, part[1], part[2], record)
  end
  redis.call('HSET', pool_key(tenant, pool, 'out'), id, cmsgpack.pack(task))
  return task_reply(tenant, pool, id, task)
end

-- Appends to `tasks` what must be added to the queue now.
local function fill(tenant, pool, now, tasks)
  local credit = credit_of(tenant, pool)
  local free = credit - redis.call('HLEN', pool_key(tenant, pool, 'out'))
  while free > 0 do
    local task = next_task(tenant, pool, credit, free, now)
    if not task then return end
    tasks[#tasks + 1] = task
    free = free - 1
  end
end
