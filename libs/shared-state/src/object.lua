-- What operations on shared objects are made of. A method is a function of (object, args, call) that gives one answer:
-- done and read, failed by name, or not now, which a caller that waits is put in line for.

local DOOR_MS = 5000               -- a door without a beat for so long is gone, and its callers with it
local RESERVED_MS = 5000           -- what was handed to a caller goes to the next unless it is taken by then
local OWNER_MS = 600000            -- how long the last answers to one that calls are kept

local now                          -- ms since 1970, by the clock of Redis
local TYPES = {}                   -- type -> a function that makes {methods, lines, undo, left, due}

-- work: for the nodes that vote for locks
local function ok(reply, work) return { 'v', reply, work or nil } end
local DONE = { 'v', false }
local function fail(code, detail, extra) return { 'e', code, detail, extra or false } end
-- line: what others that wait for the same stand in; otherwise: the answer to one that does not wait
local function not_now(line, otherwise, work) return { 'w', line, otherwise, work } end

-- Lua writes large numbers as 1e+15; keys and answers need digits.
local function digits(number) return string.format('%.0f', number) end
-- A number as JSON: the shortest text that is read back as the same double.
local function number_text(number)
  if number == math.floor(number) and math.abs(number) < 1e15 then return digits(number) end
  for precision = 15, 17 do
    local text = string.format('%.' .. precision .. 'g', number)
    if tonumber(text) == number then return text end
  end
end

local function word(object) return object.manager .. '/' .. object.type .. '/' .. object.name end

-- Records are read once a script, and written once, by commit(): a batch of a hundred adds writes its counter once.
local RECORDS                      -- by word
local OPENED                       -- the same by object
local OBJECTS                      -- by word: one table for one object, so that its record is found at once
local OVER                         -- by call: whether the try of the task that makes it is over

-- Each call of the library begins with nothing of the one before.
local function begin()
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
  RECORDS, OPENED, OBJECTS, OVER = {}, {}, {}, {}
end

local function record_of(object)
  local record = OPENED[object]
  if record then return record end
  local name = word(object)
  record = RECORDS[name]
  if not record then
    local flat = redis.call('HGETALL', object_key(object, 'record'))
    record = { object = object, fields = {}, changed = {}, exists = #flat > 0 }
    for i = 1, #flat, 2 do record.fields[flat[i]] = flat[i + 1] end
    RECORDS[name] = record
  end
  OPENED[object] = record
  return record
end

local function exists(object) return record_of(object).exists end
local function field(object, name) return record_of(object).fields[name] end
local function number_field(object, name) return tonumber(record_of(object).fields[name] or 0) end

-- name, value, name, value ...; a value of false takes the field away
local function set_field(object, ...)
  local record = record_of(object)
  record.exists = true
  for i = 1, select('#', ...), 2 do
    local name, value = select(i, ...)
    record.fields[name] = value or nil
    record.changed[name] = value
  end
end

local function raise_field(object, name, by)
  local record = record_of(object)
  local value = tonumber(record.fields[name] or 0) + (by or 1)
  record.fields[name], record.changed[name] = value, value
  return value
end

local function commit()
  for _, record in pairs(RECORDS) do
    local set, gone = {}, {}
    for name, value in pairs(record.changed) do
      if value then
        set[#set + 1] = name
        set[#set + 1] = type(value) == 'number' and digits(value) or value
      else
        gone[#gone + 1] = name
      end
    end
    local key = object_key(record.object, 'record')
    if #set > 0 then redis.call('HSET', key, unpack(set)) end
    if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
    record.changed = {}
  end
end

local function forget_record(object)
  RECORDS[word(object)] = nil
  OPENED = {}
end

local function object_of(text)
  if not OBJECTS[text] then
    local manager, type, name = string.match(text, '^([^/]+)/([^/]+)/([^/]+)$')
    OBJECTS[text] = { manager = manager, type = type, name = name }
  end
  return OBJECTS[text]
end

local made = {}
local function kind_of(type)
  made[type] = made[type] or TYPES[type]()
  return made[type]
end

-- A sum of JSON numbers as text, or a failure. Integers beyond 2^53 would lose digits.
local function plus(text, amount)
  local sum = tonumber(text) + tonumber(amount)
  if sum ~= sum or sum == math.huge or sum == -math.huge then return nil, fail('overflow-error', 'the sum is no finite number') end
  if math.abs(sum) > 9007199254740991 and sum == math.floor(sum) then
    return nil, fail('overflow-error', 'the sum is beyond 2^53 - 1, where doubles lose integers')
  end
  return number_text(sum)
end

local function is_number(text) return string.match(text, '^%-?%d[%d%.eE+-]*$') ~= nil end

-- A place in a sequence of so many, or nil when there is none; negative ones count from the end.
local function place(index, size)
  index = tonumber(index)
  if index < 0 then index = index + size end
  if index >= 0 and index < size then return index end
end

-- Python's slice with step 1: from, to (exclusive) for texts that may be empty
local function span(from, to, size)
  local function clip(text, default)
    local at = tonumber(text) or default
    if at < 0 then at = at + size end
    return math.max(0, math.min(size, at))
  end
  local a, b = clip(from, 0), clip(to, size)
  return a, math.max(a, b)
end

-- n texts behind a count at `at`: the texts, and where the next argument is
local function texts(args, at)
  local count = tonumber(args[at])
  local list = {}
  for i = 1, count do list[i] = args[at + i] end
  return list, at + count + 1
end

-- redis.call with many arguments, some at a time
local function each_batch(list, step, act)
  for i = 1, #list, step do act(unpack(list, i, math.min(#list, i + step - 1))) end
end
