-- Values in a row: Python's list. Places and slices are as there; those with a step other than 1 are cut by the caller.

TYPES.list = function()
  local methods = {}

  local function data(object) return object_key(object, 'data') end
  local function size(object) return redis.call('LLEN', data(object)) end
  local function append(object, list)
    each_batch(list, 1000, function(...) redis.call('RPUSH', data(object), ...) end)
  end
  local function out_of_range(index) return fail('index-error', 'the list has no place ' .. index) end
  -- what stands from `at` on goes, and is given
  local function cut(object, at)
    local tail = redis.call('LRANGE', data(object), at, -1)
    if at == 0 then redis.call('UNLINK', data(object)) else redis.call('LTRIM', data(object), 0, at - 1) end
    return tail
  end
  -- [from, to) is replaced
  local function splice(object, from, to, list)
    local tail = cut(object, from)
    append(object, list)
    local rest = {}
    for i = to - from + 1, #tail do rest[#rest + 1] = tail[i] end
    append(object, rest)
    return tail
  end

  function methods.create(object, args)
    append(object, texts(args, 1))
    return DONE
  end

  function methods.get(object, args)
    local at = place(args[1], size(object))
    return at and ok(redis.call('LINDEX', data(object), at)) or out_of_range(args[1])
  end

  function methods.set(object, args)
    local at = place(args[1], size(object))
    if not at then return out_of_range(args[1]) end
    redis.call('LSET', data(object), at, args[2])
    return DONE
  end

  function methods.delete(object, args)
    local at = place(args[1], size(object))
    if not at then return out_of_range(args[1]) end
    splice(object, at, at + 1, {})
    return DONE
  end

  function methods.append(object, args)
    redis.call('RPUSH', data(object), args[1])
    return DONE
  end

  function methods.extend(object, args)
    append(object, texts(args, 1))
    return DONE
  end

  function methods.insert(object, args)
    local at = span(args[1], '', size(object))
    if at == 0 then redis.call('LPUSH', data(object), args[2]) else splice(object, at, at, { args[2] }) end
    return DONE
  end

  function methods.pop(object, args)
    local index = args[1] == '' and -1 or args[1]
    local at = place(index, size(object))
    if not at then return fail('index-error', size(object) == 0 and 'the list is empty' or 'the list has no place ' .. index) end
    if at == 0 then return ok(redis.call('LPOP', data(object))) end
    if at == size(object) - 1 then return ok(redis.call('RPOP', data(object))) end
    return ok(splice(object, at, at + 1, {})[1])
  end

  function methods.remove(object, args)
    if redis.call('LREM', data(object), 1, args[1]) == 0 then return fail('value-error', 'the value is not in the list') end
    return DONE
  end

  function methods.index(object, args)
    local from, to = span(args[2], args[3], size(object))
    for i, value in ipairs(redis.call('LRANGE', data(object), from, to - 1)) do
      if value == args[1] and from + i <= to then return ok(from + i - 1) end
    end
    return fail('value-error', 'the value is not in the list')
  end

  function methods.count(object, args)
    local found = redis.call('LPOS', data(object), args[1], 'COUNT', 0)
    return ok(#found)
  end

  function methods.has(object, args) return ok(redis.call('LPOS', data(object), args[1]) and 1 or 0) end
  function methods.size(object) return ok(size(object)) end

  function methods.reverse(object)
    local list = cut(object, 0)
    local reversed = {}
    for i = #list, 1, -1 do reversed[#reversed + 1] = list[i] end
    append(object, reversed)
    return DONE
  end

  function methods.slice(object, args)
    local from, to = span(args[1], args[2], size(object))
    return ok(to > from and redis.call('LRANGE', data(object), from, to - 1) or {})
  end

  -- values, from, to
  function methods.setSlice(object, args)
    local list, at = texts(args, 1)
    local from, to = span(args[at], args[at + 1], size(object))
    splice(object, from, to, list)
    return DONE
  end

  function methods.deleteSlice(object, args)
    local from, to = span(args[1], args[2], size(object))
    splice(object, from, to, {})
    return DONE
  end

  function methods.clear(object)
    cut(object, 0)
    return DONE
  end

  -- values, and the version that they were made of
  function methods.replace(object, args)
    local list, at = texts(args, 1)
    local version = number_field(object, 'version')
    if tonumber(args[at]) ~= version then
      return fail('version-mismatch', 'the list has version ' .. digits(version) .. ', not ' .. args[at], { 'version', digits(version) })
    end
    cut(object, 0)
    append(object, list)
    return DONE
  end


  return { methods = methods }
end
