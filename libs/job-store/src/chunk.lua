-- A chunk's live record: g generation, a attempt, t tries that failed, v workers that vanished with it, w who claimed it last, k the task it is out with, d todo as from, to, from, to ...

local function read_chunk(tenant, job, chunk)
  local packed = redis.call('HGET', job_key(tenant, job, 'chunks'), chunk)
  return packed and cmsgpack.unpack(packed)
end

local function write_chunk(tenant, job, chunk, record)
  redis.call('HSET', job_key(tenant, job, 'chunks'), chunk, cmsgpack.pack(record))
end

local function count_todo(todo)
  local count = 0
  for i = 1, #todo, 2 do count = count + todo[i + 1] - todo[i] end
  return count
end

-- todo without [from, to), and how many items that took out
local function without(todo, from, to)
  local rest, taken = {}, 0
  for i = 1, #todo, 2 do
    local a, b = todo[i], todo[i + 1]
    local left, right = math.min(b, from), math.max(a, to)
    if a < left then rest[#rest + 1] = a; rest[#rest + 1] = left end
    if right < b then rest[#rest + 1] = right; rest[#rest + 1] = b end
    taken = taken + math.max(0, math.min(b, to) - math.max(a, from))
  end
  return rest, taken
end

-- The first `count` items of todo, and the rest
local function first_of(todo, count)
  local first, rest = {}, {}
  for i = 1, #todo, 2 do
    local from, to = todo[i], todo[i + 1]
    local cut = math.min(to, from + count)
    if from < cut then first[#first + 1] = from; first[#first + 1] = cut end
    if cut < to then rest[#rest + 1] = cut; rest[#rest + 1] = to end
    count = count - (cut - from)
  end
  return first, rest
end
