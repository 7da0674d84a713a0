-- Writes an endpoint if nobody else has in between, and notes what endpoints wish to hear.
-- KEYS  1 group base
-- ARGV  1 tenant  2 endpoint  3 its JSON as it was read, or ''  4 as it is to be, or '' = it goes
-- Returns 1, or 0 when it is another by now

local tenant, id = ARGV[1], ARGV[2]
local key = tenant_key(tenant, 'webhookEndpoints')
if (redis.call('HGET', key, id) or '') ~= ARGV[3] then return 0 end
if ARGV[4] == '' then redis.call('HDEL', key, id) else redis.call('HSET', key, id, ARGV[4]) end

local wish
for _, json in ipairs(redis.call('HVALS', key)) do
  local endpoint = cjson.decode(json)
  if endpoint.disabled == cjson.null then
    wish = wish or 'end'
    for _, event in ipairs(endpoint.events) do
      if event == 'job.progress' then wish = 'progress' end
    end
  end
end
if wish then redis.call('SET', tenant_key(tenant, 'webhookWishes'), wish) else redis.call('DEL', tenant_key(tenant, 'webhookWishes')) end
return 1
