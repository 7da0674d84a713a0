-- Queues: items in `data`, those of a lost delivery as "!<deliveries> <text>" (no JSON text begins so). `unfinished` counts puts that
-- taskDone has not answered.

local function queue_type()
  local methods, undo = {}, {}

  local function data(object) return object_key(object, 'data') end
  local function size(object) return redis.call('LLEN', data(object)) end
  local function is_full(object)
    local most = number_field(object, 'maxsize')
    return most > 0 and size(object) >= most
  end
  local function opened(item)
    local deliveries, text = string.match(item, '^!(%d+) (.*)$')
    return text or item, tonumber(deliveries or 0)
  end
  local function plan(object)
    local first = redis.call('ZRANGE', object_key(object, 'leased'), 0, 0, 'WITHSCORES')
    if first[1] then redis.call('ZADD', sharing_key('due'), first[2], word(object))
    else redis.call('ZREM', sharing_key('due'), word(object)) end
  end
  local function give_back(object, number)
    local item = redis.call('HGET', object_key(object, 'deliveries'), number)
    if item then redis.call('LPUSH', data(object), '!' .. item) end
    redis.call('HDEL', object_key(object, 'deliveries'), number)
    redis.call('ZREM', object_key(object, 'leased'), number)
  end
  -- latest first, so that they stand in their old order
  local function due(object)
    if not field(object, 'leases') then return end
    for _, number in ipairs(redis.call('ZREVRANGEBYSCORE', object_key(object, 'leased'), now, '-inf')) do give_back(object, number) end
    plan(object)
  end

  function methods.create(object, args)
    set_field(object, 'maxsize', args[1] == '' and 0 or args[1])
    return DONE
  end

  function methods.put(object, args)
    if is_full(object) then return not_now('put', fail('queue-full', 'the queue is full')) end
    redis.call('RPUSH', data(object), args[1])
    raise_field(object, 'unfinished')
    return DONE
  end

  function methods.get(object)
    due(object)
    local item = redis.call('LPOP', data(object))
    if not item then return not_now('get', fail('queue-empty', 'the queue is empty')) end
    return ok((opened(item)))
  end
  function undo.get(object, args, text) redis.call('LPUSH', data(object), text) end

  -- lease in ms
  function methods.lease(object, args)
    due(object)
    local item = redis.call('LPOP', data(object))
    if not item then return not_now('get', fail('queue-empty', 'the queue is empty')) end
    local text, deliveries = opened(item)
    local number = digits(raise_field(object, 'leases'))
    redis.call('HSET', object_key(object, 'deliveries'), number, (deliveries + 1) .. ' ' .. text)
    redis.call('ZADD', object_key(object, 'leased'), now + tonumber(args[1]), number)
    plan(object)
    return ok({ text, number, digits(deliveries + 1) })
  end
  function undo.lease(object, args, reply)
    give_back(object, reply[2])
    plan(object)
  end

  function methods.ack(object, args)
    due(object)
    if redis.call('ZREM', object_key(object, 'leased'), args[1]) == 0 then
      return fail('lock-expired', 'the lease of this delivery has ended: the item went to another, or was acked before')
    end
    redis.call('HDEL', object_key(object, 'deliveries'), args[1])
    plan(object)
    return DONE
  end

  function methods.size(object)
    due(object)
    return ok(size(object))
  end
  function methods.full(object) return ok(is_full(object) and 1 or 0) end

  function methods.taskDone(object)
    local left = number_field(object, 'unfinished') - 1
    if left < 0 then return fail('value-error', 'taskDone() was called more often than there were items') end
    set_field(object, 'unfinished', left)
    return DONE
  end

  function methods.join(object)
    if number_field(object, 'unfinished') > 0 then return not_now('join', ok(0)) end
    return ok(1)
  end

  return { methods = methods, lines = { 'get', 'put', 'join' }, undo = undo, due = due }
end

TYPES.queue = queue_type
TYPES['joinable-queue'] = queue_type
TYPES['simple-queue'] = queue_type
