-- @include "fill"
-- @include "input"
-- Stores blocks behind an open job's items, by compare-and-set on the item count.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 items the caller believes are stored, or -1 to trust  4 loader lease in ms  5 window: bytes of unread input
--       6 JSON array of blocks: [items, text bytes]  7.. their bytes
-- Returns {'ok' | 'full', total, blocks stored, tasks} | {'offset', total} | {'not-open', state, total, error} | {'gone'}

local tenant, job = ARGV[1], ARGV[2]
local record = record_of(tenant, job)
if not record then return { 'gone' } end
if is_ended(record.state) or record.input ~= 'open' then
  local error = redis.call('HGET', job_key(tenant, job, 'record'), 'error')
  return { 'not-open', record.state, record.total, error or '' }
end
local now = now_ms()
await('loader', job_member(tenant, job), now + tonumber(ARGV[4]))
local offset = tonumber(ARGV[3])
if offset >= 0 and offset ~= record.total then return { 'offset', record.total } end

local tasks, stored = {}, 0
local blocks = cjson.decode(ARGV[6])
local kept = record.results == 'once' and record.bytesKept or 0
local window = tonumber(ARGV[5])
for i, block in ipairs(blocks) do
  if record.unread + kept > window then break end
  store_block(tenant, job, block[1], block[2], ARGV[6 + i])
  stored = i
end
if record.total > 0 then enter_ring(tenant, record.pool, job) end
fill(tenant, record.pool, now, tasks)
return { stored < #blocks and 'full' or 'ok', record.total, stored, tasks }
