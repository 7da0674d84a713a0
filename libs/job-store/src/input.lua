-- @include "record"
-- Stored input: blocks, their index, and what of them is not settled yet.

-- Stores a block (text and offset table in one string) behind the items that are there.
local function store_block(tenant, job, count, text_bytes, bytes)
  local record = record_of(tenant, job)
  local first, block = digits(record.total), digits(record.nextBlock)
  redis.call('SET', job_key(tenant, job, 'block') .. block, bytes)
  redis.call('ZADD', job_key(tenant, job, 'index'), first, table.concat({ block, first, digits(count), digits(text_bytes) }, ':'))
  redis.call('HSET', job_key(tenant, job, 'left'), block, digits(count))
  add(record, 'nextBlock', 1)
  add(record, 'bytesIn', text_bytes)
  add(record, 'unread', text_bytes)
  add(record, 'total', count)
end

local function parse_row(row)
  local block, first, count, bytes = string.match(row, '^(%d+):(%d+):(%d+):(%d+)$')
  return { block = block, first = tonumber(first), count = tonumber(count), bytes = tonumber(bytes), row = row }
end

-- The blocks that hold [from, to), in order.
local function blocks_of(tenant, job, from, to)
  local index = job_key(tenant, job, 'index')
  local first = redis.call('ZREVRANGEBYSCORE', index, digits(from), '-inf', 'LIMIT', 0, 1)
  local more = redis.call('ZRANGEBYSCORE', index, '(' .. digits(from), '(' .. digits(to))
  local rows = {}
  if first[1] then rows[1] = parse_row(first[1]) end
  for _, row in ipairs(more) do rows[#rows + 1] = parse_row(row) end
  return rows
end

local function table_entry(key, row, entry)
  local at = row.bytes + 4 * entry
  return struct.unpack('<I4', redis.call('GETRANGE', key, at, at + 3))
end

-- Where [from, to) of a block stands: key, first byte, end byte, lines of it, lines that are not ours at its begin and at its end.
local function range_of(tenant, job, row, from, to)
  local key = job_key(tenant, job, 'block') .. row.block
  local first = math.max(from, row.first) - row.first
  local last = math.min(to, row.first + row.count) - row.first
  local start_entry, end_entry = math.floor(first / TABLE_STEP), math.ceil(last / TABLE_STEP)
  local start_byte = start_entry == 0 and 0 or table_entry(key, row, start_entry)
  local end_byte = end_entry * TABLE_STEP >= row.count and row.bytes or table_entry(key, row, end_entry)
  local end_line = math.min(end_entry * TABLE_STEP, row.count)
  return { key, start_byte, end_byte, last - first, first - start_entry * TABLE_STEP, end_line - last }
end

-- All ranges of a todo; the first ones with their bytes, while these fit.
local function ranges_of(tenant, job, todo)
  local ranges, inline = {}, 0
  for i = 1, #todo, 2 do
    for _, row in ipairs(blocks_of(tenant, job, todo[i], todo[i + 1])) do
      local range = range_of(tenant, job, row, todo[i], todo[i + 1])
      if inline < INLINE_BYTES then
        range[7] = redis.call('GETRANGE', range[1], range[2], range[3] - 1)
        inline = inline + range[3] - range[2]
      end
      ranges[#ranges + 1] = range
    end
  end
  return ranges
end

-- Items [from, to) are settled: a block whose last item that is goes.
local function consume_input(tenant, job, from, to)
  local record = record_of(tenant, job)
  for _, row in ipairs(blocks_of(tenant, job, from, to)) do
    local settled = math.min(to, row.first + row.count) - math.max(from, row.first)
    if settled > 0 and redis.call('HINCRBY', job_key(tenant, job, 'left'), row.block, -settled) <= 0 then
      redis.call('UNLINK', job_key(tenant, job, 'block') .. row.block)
      redis.call('ZREM', job_key(tenant, job, 'index'), row.row)
      redis.call('HDEL', job_key(tenant, job, 'left'), row.block)
      add(record, 'unread', -row.bytes)
    end
  end
end
