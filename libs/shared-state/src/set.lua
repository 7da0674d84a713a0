-- Values without order, each once.

TYPES.set = function()
  local methods = {}

  local function data(object) return object_key(object, 'data') end
  local function add(object, list)
    each_batch(list, 1000, function(...) redis.call('SADD', data(object), ...) end)
  end
  local function remove(object, list)
    each_batch(list, 1000, function(...) redis.call('SREM', data(object), ...) end)
  end

  function methods.create(object, args)
    add(object, texts(args, 1))
    return DONE
  end

  function methods.add(object, args)
    redis.call('SADD', data(object), args[1])
    return DONE
  end

  function methods.remove(object, args)
    if redis.call('SREM', data(object), args[1]) == 0 then return fail('key-error', 'the value is not in the set') end
    return DONE
  end

  function methods.discard(object, args)
    redis.call('SREM', data(object), args[1])
    return DONE
  end

  function methods.pop(object)
    local value = redis.call('SPOP', data(object))
    return value and ok(value) or fail('key-error', 'the set is empty')
  end

  function methods.has(object, args) return ok(redis.call('SISMEMBER', data(object), args[1])) end
  function methods.size(object) return ok(redis.call('SCARD', data(object))) end
  function methods.values(object) return ok(redis.call('SMEMBERS', data(object))) end

  function methods.clear(object)
    redis.call('UNLINK', data(object))
    return DONE
  end

  function methods.update(object, args)
    add(object, texts(args, 1))
    return DONE
  end

  function methods.differenceUpdate(object, args)
    remove(object, texts(args, 1))
    return DONE
  end

  function methods.intersectionUpdate(object, args)
    local kept, gone = {}, {}
    for _, value in ipairs(texts(args, 1)) do kept[value] = true end
    for _, value in ipairs(redis.call('SMEMBERS', data(object))) do
      if not kept[value] then gone[#gone + 1] = value end
    end
    remove(object, gone)
    return DONE
  end

  function methods.symmetricDifferenceUpdate(object, args)
    local seen = {}
    for _, value in ipairs(texts(args, 1)) do
      if not seen[value] and redis.call('SREM', data(object), value) == 0 then redis.call('SADD', data(object), value) end
      seen[value] = true
    end
    return DONE
  end

  return { methods = methods }
end
