-- @include "waiting"
-- Deletes objects: of a manager that is shut down, or one.
-- KEYS  1 group base
-- ARGV  1 tenant  2 manager  3 "<type>/<name>" of one object, empty for all and the manager itself  4 most objects of this call
-- Returns how many went, and 1 = some are left
-- Publishes door of those that wait for them

local manager = ARGV[2]

local function drop(text)
  local type, name = string.match(text, '^([^/]+)/(.+)$')
  local object = { manager = manager, type = type, name = name }
  local existed = exists(object) and 1 or 0
  if field(object, 'watched') then redis.call('PUBLISH', object_key(object, 'changes'), 'gone') end
  redis.call('UNLINK', object_key(object, 'record'))
  forget_record(object)
  for _, line in ipairs(kind_of(type).lines or {}) do
    -- each is told that the object is gone
    while serve_first(object, line) do end
    redis.call('UNLINK', line_key(object, line))
  end
  local data = object_key(object, 'data')
  redis.call('UNLINK', data, data .. '0', data .. '1', object_key(object, 'order'), object_key(object, 'held'), object_key(object, 'leased'), object_key(object, 'deliveries'))
  redis.call('ZREM', sharing_key('due'), word(object))
  redis.call('SREM', manager_key(manager, 'objects'), text)
  -- what those that waited have left in it
  forget_record(object)
  return existed
end

if ARGV[3] ~= '' then return { drop(ARGV[3]), 0 } end
redis.call('UNLINK', manager_key(manager, 'record'), manager_key(manager, 'users'))
redis.call('SREM', sharing_key('managers'), manager)
local names = redis.call('SRANDMEMBER', manager_key(manager, 'objects'), tonumber(ARGV[4]))
for _, text in ipairs(names) do drop(text) end
return { #names, redis.call('EXISTS', manager_key(manager, 'objects')) }
