-- @include "base"
-- @include "chunk"
-- What items say of how far they are: kept as the job's latest word, and of each chunk that runs. Refuses who has not claimed the chunk.
-- KEYS  1 group base
-- ARGV  1 tenant  2.. job, chunk, attempt, index, value as JSON
-- Returns nothing
-- Publishes wake (progress)

local tenant, now = ARGV[1], now_ms()
local MOST = 100                   -- rows at which those of chunks that have ended are looked for

local function is_claimed(job, name, attempt)
  local state = redis.call('HGET', job_key(tenant, job, 'record'), 'state')
  local chunk = state and not is_ended(state) and read_chunk(tenant, job, name)
  return chunk and chunk.a == attempt
end

local function drop_ended(job)
  local key = job_key(tenant, job, 'progress')
  if redis.call('HLEN', key) <= MOST then return end
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if redis.call('HEXISTS', job_key(tenant, job, 'chunks'), name) == 0 then redis.call('HDEL', key, name) end
  end
end

local function note(job, name, index, value)
  local row = '{"index":' .. index .. ',"at":' .. now .. ',"value":' .. value .. '}'
  local key = job_key(tenant, job, 'record')
  redis.call('HSET', key, 'progress', row)
  redis.call('HSET', job_key(tenant, job, 'progress'), name, row)
  drop_ended(job)
  redis.call('PUBLISH', group_key('wake'), job_member(tenant, job) .. ' progress')
end

for i = 2, #ARGV, 5 do
  if is_claimed(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])) then note(ARGV[i], ARGV[i + 1], ARGV[i + 3], ARGV[i + 4]) end
end
