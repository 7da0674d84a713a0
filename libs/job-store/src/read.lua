-- @include "fill"
-- Parts of a job from a position on, in either order; of an ended job also those behind a gap of items that never ran.
-- With results=once it also frees what lies far behind the reader, and goes on feeding.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 order (input | completion)  4 where the reader stands (input: an item's index; completion: lines)  5 most bytes (one part is always answered)  6 reader, a token  7 reader's lease in ms
-- Returns {'ok', 1 = the job has ended and nothing is behind these, [member, position, bytes of a part ...], tasks} | {'gone'} | {'discarded'} | {'consumed', first line that is left} | {'reader'}

local tenant, job, order = ARGV[1], ARGV[2], ARGV[3]
local after, most = tonumber(ARGV[4]), tonumber(ARGV[5])
local key = job_key(tenant, job, 'record')
local r = fields(key, { 'state', 'results', 'pool', 'consumed', 'behind', 'behindAt', 'reader', 'readerUntil', 'readOrder', 'inRing' })
if not r.state then return { 'gone' } end
if r.results == 'discard' then return { 'discarded' } end
local now, tasks = now_ms(), {}
local zset = job_key(tenant, job, order == 'input' and 'order' or 'log')

local function parse_member(member)
  local part, from, to, bytes = string.match(member, '^(%d+):(%d+):(%d+):(%d+)$')
  return { part = part, from = tonumber(from), to = tonumber(to), bytes = tonumber(bytes), member = member }
end

local function free_part(part)
  redis.call('HDEL', job_key(tenant, job, 'parts'), part.part)
  redis.call('ZREM', job_key(tenant, job, 'order'), part.member)
  redis.call('ZREM', job_key(tenant, job, 'log'), part.member)
  redis.call('HINCRBY', key, 'bytesKept', -part.bytes)
end

-- Where the reader stands as far as whole parts go, and the bytes that lie behind it.
local function measure_behind()
  local position, behind = number(r.behindAt, 0), number(r.behind, 0)
  local rows = redis.call('ZRANGEBYSCORE', zset, digits(position), '(' .. digits(after), 'WITHSCORES')
  for i = 1, #rows, 2 do
    local part = parse_member(rows[i])
    local past = tonumber(rows[i + 1]) + part.to - part.from
    if past <= after then position, behind = past, behind + part.bytes end
  end
  return position, behind
end

-- Frees whole parts before `after` until at most BEHIND_BYTES of them are left.
local function free_behind()
  local position, behind = measure_behind()
  local consumed = number(r.consumed, 0)
  while behind > BEHIND_BYTES do
    local first = redis.call('ZRANGE', zset, 0, 0)
    if not first[1] then break end
    local part = parse_member(first[1])
    free_part(part)
    behind = behind - part.bytes
    consumed = consumed + part.to - part.from
  end
  redis.call('HSET', key, 'behind', behind, 'behindAt', digits(position), 'consumed', digits(consumed), 'readOrder', order)
end

local function take_reader()
  if r.reader and r.reader ~= ARGV[6] and number(r.readerUntil, 0) > now then return { 'reader' } end
  if r.readOrder and r.readOrder ~= order and number(r.consumed, 0) > 0 then return { 'consumed', number(r.consumed, 0) } end
  if after < number(r.consumed, 0) then return { 'consumed', number(r.consumed, 0) } end
  redis.call('HSET', key, 'reader', ARGV[6], 'readerUntil', now + tonumber(ARGV[7]))
  if is_ended(r.state) then return nil end
  await('reader', job_member(tenant, job), now + NO_READER_MS)
end

if r.results == 'once' then
  local refused = take_reader()
  if refused then return refused end
  free_behind()
  if not is_ended(r.state) and r.inRing ~= '1' then enter_ring(tenant, r.pool, job) end
  fill(tenant, r.pool, now, tasks)
end

-- Parts that follow `after`: those behind a gap only when nothing can fill it any more.
local rows, bytes, position = {}, 0, after
local function add_part(member, score)
  local part = parse_member(member)
  if score > position and not is_ended(r.state) then return false end
  local past = score + part.to - part.from
  if past > position then
    rows[#rows + 1] = member
    rows[#rows + 1] = digits(score)
    rows[#rows + 1] = redis.call('HGET', job_key(tenant, job, 'parts'), part.part)
    bytes = bytes + part.bytes
    position = past
  end
  return bytes < most
end

local function walk()
  local before = redis.call('ZREVRANGEBYSCORE', zset, digits(after), '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if before[1] and not add_part(before[1], tonumber(before[2])) and bytes >= most then return end
  while true do
    local page = redis.call('ZRANGEBYSCORE', zset, digits(position), '+inf', 'WITHSCORES', 'LIMIT', 0, 16)
    local went = position
    for i = 1, #page, 2 do
      if not add_part(page[i], tonumber(page[i + 1])) then return end
    end
    if position == went then return end
  end
end
walk()
local complete = is_ended(r.state) and #redis.call('ZRANGEBYSCORE', zset, digits(position), '+inf', 'LIMIT', 0, 1) == 0
return { 'ok', complete and 1 or 0, rows, tasks }
