-- @include "chunk"
-- @include "task"
-- Where one item of a job is, in one look: in a chunk, or in a part.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 item
-- Returns {} when there is no such job, else {row of a failed item or '', the end of what it wrote or '', first item of its part or '', the part or '', tries of its chunk or '', 1 = the chunk is claimed, what the chunk's item said of its progress or ''}

local tenant, job, item = ARGV[1], ARGV[2], tonumber(ARGV[3])
local record = record_of(tenant, job)
if not record then return {} end

local function part_of()
  local row = redis.call('ZRANGE', job_key(tenant, job, 'order'), digits(item), '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)[1]
  local part, from, to = string.match(row or '', '^(%d+):(%d+):(%d+):')
  if not part or item >= tonumber(to) then return '', '' end
  return from, redis.call('HGET', job_key(tenant, job, 'parts'), part)
end

local function has_item(todo)
  for i = 1, #todo, 2 do
    if item >= todo[i] and item < todo[i + 1] then return true end
  end
end

local function is_claimed(chunk, name)
  local task = chunk.k and read_task(tenant, record.pool, chunk.k)
  local slice = task and find_slice(task, job, name)
  return slice and slice[4] == 'c'
end

local function chunk_of()
  local rows = redis.call('HGETALL', job_key(tenant, job, 'chunks'))
  for i = 1, #rows, 2 do
    local chunk = cmsgpack.unpack(rows[i + 1])
    if has_item(chunk.d) then
      local said = redis.call('HGET', job_key(tenant, job, 'progress'), rows[i])
      return digits(chunk.t), is_claimed(chunk, rows[i]) and 1 or 0, said or ''
    end
  end
  return '', 0, ''
end

local failed = redis.call('ZRANGE', job_key(tenant, job, 'failed'), digits(item), digits(item), 'BYSCORE')[1]
local tail = failed and redis.call('HGET', job_key(tenant, job, 'tails'), digits(item))
local from, part = part_of()
local tries, claimed, said = '', 0, ''
if from == '' and not failed then tries, claimed, said = chunk_of() end
return { failed or '', tail or '', from, part, tries, claimed, said }
