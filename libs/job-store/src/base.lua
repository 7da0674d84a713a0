-- Words that every script uses. Time is Redis TIME, never a caller's clock.

local INLINE_BYTES = 262144        -- bytes a claim answers itself; beyond, the supervisor fetches ranges
local CHUNK_BYTES = 262144         -- a chunk that the engine sizes holds about this much input
local ONCE_BYTES = 67108864        -- results=once: unread results + input at which feeding stops
local BEHIND_BYTES = 8388608       -- results=once: what stays behind the reader, to resume from
local NO_READER_MS = 600000
local TABLE_STEP = 16              -- lines between two rows of a block's offset table

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Lua writes large numbers as 1e+15; keys and members need digits.
local function digits(number) return string.format('%.0f', number) end

-- The fields of a hash by name; absent ones are false.
local function fields(key, names)
  local values = redis.call('HMGET', key, unpack(names))
  local record = {}
  for i, name in ipairs(names) do record[name] = values[i] end
  return record
end

local function number(text, default) return text and tonumber(text) or default end

local function is_ended(state) return state == 'succeeded' or state == 'failed' or state == 'cancelled' end

local function job_member(tenant, job) return tenant .. ' ' .. job end

-- What falls due at a time, or never after all. what: loader, deadline, reader, sweep, or retry with its chunk behind the member
local function await(what, member, at) redis.call('ZADD', group_key('agenda'), at, what .. ' ' .. member) end
local function forego(what, member) redis.call('ZREM', group_key('agenda'), what .. ' ' .. member) end

-- The first word and the rest.
local function split(member) return string.match(member, '^(%S+) (.+)$') end

-- Tells that a job has news, or its end; `only` is the stored part of a job of one item, so that its waiter needs no look.
local function tell(tenant, job, ended, only)
  redis.call('PUBLISH', group_key('wake'), job_member(tenant, job) .. (ended and ' end' or '') .. (only and '\n' .. only or ''))
end
