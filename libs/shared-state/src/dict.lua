-- Keys and values, in the order in which the keys came. `data` has the values by key, `order` the keys by the record's `arrivals`.

local function dict_methods(missing)
  local methods = {}

  local function write(object, key, value)
    if redis.call('HSET', object_key(object, 'data'), key, value) == 1 then
      local arrival = raise_field(object, 'arrivals')
      redis.call('ZADD', object_key(object, 'order'), arrival, key)
    end
  end
  local function write_all(object, args)
    local list = texts(args, 1)
    for i = 1, #list, 2 do write(object, list[i], list[i + 1]) end
  end
  local function read(object, key) return redis.call('HGET', object_key(object, 'data'), key) end
  local function take(object, key)
    redis.call('HDEL', object_key(object, 'data'), key)
    redis.call('ZREM', object_key(object, 'order'), key)
  end
  local function keys(object) return redis.call('ZRANGE', object_key(object, 'order'), 0, -1) end
  local function values(object, list)
    local found = {}
    each_batch(list, 1000, function(...)
      for _, value in ipairs(redis.call('HMGET', object_key(object, 'data'), ...)) do found[#found + 1] = value end
    end)
    return found
  end
  local function no_key(key) return fail(missing, 'there is no ' .. string.sub(key, 1, 200)) end

  function methods.create(object, args)
    write_all(object, args)
    return DONE
  end

  function methods.get(object, args) return ok(read(object, args[1]) or args[2] ~= '' and args[2]) end

  function methods.getItem(object, args)
    local value = read(object, args[1])
    return value and ok(value) or no_key(args[1])
  end

  function methods.set(object, args)
    write(object, args[1], args[2])
    return DONE
  end

  function methods.delete(object, args)
    if not read(object, args[1]) then return no_key(args[1]) end
    take(object, args[1])
    return DONE
  end

  function methods.has(object, args) return ok(redis.call('HEXISTS', object_key(object, 'data'), args[1])) end
  function methods.size(object) return ok(redis.call('HLEN', object_key(object, 'data'))) end
  function methods.keys(object) return ok(keys(object)) end
  function methods.values(object) return ok(values(object, keys(object))) end

  function methods.items(object)
    local list, flat = keys(object), {}
    for i, value in ipairs(values(object, list)) do
      flat[2 * i - 1] = list[i]
      flat[2 * i] = value
    end
    return ok(flat)
  end

  function methods.pop(object, args)
    local value = read(object, args[1])
    if not value then return args[2] ~= '' and ok(args[2]) or no_key(args[1]) end
    take(object, args[1])
    return ok(value)
  end

  function methods.popItem(object)
    local key = redis.call('ZREVRANGE', object_key(object, 'order'), 0, 0)[1]
    if not key then return fail(missing, 'the dict is empty') end
    local value = read(object, key)
    take(object, key)
    return ok({ key, value })
  end

  function methods.setDefault(object, args)
    local value = read(object, args[1])
    if value then return ok(value) end
    local new = args[2] ~= '' and args[2] or 'null'
    write(object, args[1], new)
    return ok(new)
  end

  -- entries, then the version it must have ('' = any)
  function methods.update(object, args)
    local list, at = texts(args, 1)
    local version = number_field(object, 'version')
    if args[at] ~= '' and tonumber(args[at]) ~= version then
      return fail('version-mismatch', 'the dict has version ' .. digits(version) .. ', not ' .. args[at], { 'version', digits(version) })
    end
    write_all(object, args)
    return ok(version + 1)
  end

  function methods.clear(object)
    redis.call('UNLINK', object_key(object, 'data'), object_key(object, 'order'))
    return DONE
  end

  function methods.increment(object, args)
    local old = read(object, args[1]) or '0'
    if not is_number(old) then return fail('type-error', 'what stands there is no number: ' .. string.sub(old, 1, 100)) end
    local sum, failure = plus(old, args[2] == '' and 1 or args[2])
    if not sum then return failure end
    write(object, args[1], sum)
    return ok(sum)
  end


  return methods
end

TYPES.dict = function() return { methods = dict_methods('key-error') } end
TYPES.namespace = function() return { methods = dict_methods('attribute-error') } end
