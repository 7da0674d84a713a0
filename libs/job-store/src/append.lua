-- @include "fill"
-- @include "input"
-- Stores blocks behind an open job's items, by compare-and-set on the item count.
-- KEYS  1 group base
-- ARGV  1 tenant  2 job  3 items the caller believes are stored, or -1 to trust  4 loader lease in ms  5 window: bytes of unread input
--       6 JSON array of blocks: [items, text bytes]  7.. their bytes
-- Returns {'ok' | 'full', total, blocks stored, tasks} | {'offset', total} | {'not-open', state, total, error} | {'gone'}

local tenant, job = ARGV[1], ARGV[2]
local key = job_key(tenant, job, 'record')
local r = fields(key, { 'state', 'pool', 'input', 'total', 'unread', 'bytesKept', 'results', 'error' })
if not r.state then return { 'gone' } end
local total = number(r.total, 0)
if is_ended(r.state) or r.input ~= 'open' then return { 'not-open', r.state, total, r.error or '' } end
local now = now_ms()
await('loader', job_member(tenant, job), now + tonumber(ARGV[4]))
local offset = tonumber(ARGV[3])
if offset >= 0 and offset ~= total then return { 'offset', total } end

local tasks, stored = {}, 0
local blocks = cjson.decode(ARGV[6])
local held = number(r.unread, 0) + (r.results == 'once' and number(r.bytesKept, 0) or 0)
local window = tonumber(ARGV[5])
for i, block in ipairs(blocks) do
  if held > window then break end
  store_block(tenant, job, block[1], block[2], ARGV[6 + i])
  held = held + block[2]
  total = total + block[1]
  stored = i
end
if total > 0 then enter_ring(tenant, r.pool, job) end
fill(tenant, r.pool, now, tasks)
if stored < #blocks then return { 'full', total, stored, tasks } end
return { 'ok', total, stored, tasks }
