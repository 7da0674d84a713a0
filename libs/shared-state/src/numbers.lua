-- Value and Array: numbers of one C type, as bytes with the highest first. The record has the type's code and how many bytes one takes;
-- a Value of code '*' holds any value as text. Whoever calls packs and unpacks, and says by which code: another one is refused.

local function numbers_methods()
  local methods = {}

  local function data(object) return object_key(object, 'data') end
  local function size(object) return redis.call('STRLEN', data(object)) / number_field(object, 'bytes') end
  local function other_code(object, code)
    local own = field(object, 'code')
    if own ~= code then return fail('type-differs', 'the type is "' .. own .. '", not "' .. code .. '"', { 'code', own }) end
  end

  -- code, bytes of one, flags, content, or of a Value of any type its text
  function methods.create(object, args)
    set_field(object, 'code', args[1], 'bytes', args[2], 'flags', args[3])
    local content = args[1] == '*' and args[5] or args[4]
    if content ~= '' then redis.call('SET', data(object), content) end
    return DONE
  end

  function methods.nature(object)
    return ok({ field(object, 'code'), field(object, 'flags'), digits(redis.call('STRLEN', data(object)) / number_field(object, 'bytes')) })
  end

  function methods.size(object) return ok(size(object)) end

  -- code, from, to: [from, to) of all
  function methods.read(object, args)
    local other = other_code(object, args[1])
    if other then return other end
    local from, to = span(args[2], args[3], size(object))
    local bytes = number_field(object, 'bytes')
    return ok(to > from and redis.call('GETRANGE', data(object), from * bytes, to * bytes - 1) or '')
  end

  -- code, index
  function methods.get(object, args)
    local other = other_code(object, args[1])
    if other then return other end
    local at, bytes = place(args[2], size(object)), number_field(object, 'bytes')
    if not at then return fail('index-error', 'the array has no place ' .. args[2]) end
    return ok(redis.call('GETRANGE', data(object), at * bytes, at * bytes + bytes - 1))
  end

  -- code, index, bytes
  function methods.set(object, args)
    local other = other_code(object, args[1])
    if other then return other end
    local at = place(args[2], size(object))
    if not at then return fail('index-error', 'the array has no place ' .. args[2]) end
    redis.call('SETRANGE', data(object), at * number_field(object, 'bytes'), args[3])
    return DONE
  end

  -- code, from, to, bytes: as many as stand there
  function methods.write(object, args)
    local other = other_code(object, args[1])
    if other then return other end
    local from, to = span(args[2], args[3], size(object))
    local bytes = number_field(object, 'bytes')
    if #args[4] ~= (to - from) * bytes then
      return fail('value-error', digits(#args[4] / bytes) .. ' values do not fit into a slice of ' .. digits(to - from))
    end
    if #args[4] > 0 then redis.call('SETRANGE', data(object), from * bytes, args[4]) end
    return DONE
  end

  local function add_float(object, at, bytes, amount)
    local format = bytes == 4 and '>f' or '>d'
    local old = struct.unpack(format, redis.call('GETRANGE', data(object), at * bytes, at * bytes + bytes - 1))
    local new = struct.pack(format, old + struct.unpack(format, amount))
    redis.call('SETRANGE', data(object), at * bytes, new)
    return new
  end

  -- bytes of the sum modulo 2^(8 x bytes): carries from the lowest byte up, since a double has 53 bits
  local function add_integer(object, at, bytes, amount)
    local old = redis.call('GETRANGE', data(object), at * bytes, at * bytes + bytes - 1)
    local sum, carry = {}, 0
    for i = bytes, 1, -1 do
      local total = string.byte(old, i) + string.byte(amount, i) + carry
      sum[i] = string.char(total % 256)
      carry = math.floor(total / 256)
    end
    local new = table.concat(sum)
    redis.call('SETRANGE', data(object), at * bytes, new)
    return new
  end

  -- code, index, bytes
  function methods.add(object, args)
    local other = other_code(object, args[1])
    if other then return other end
    local at, bytes = place(args[2], size(object)), number_field(object, 'bytes')
    if not at then return fail('index-error', 'the array has no place ' .. args[2]) end
    local is_float = args[1] == 'f' or args[1] == 'd'
    return ok((is_float and add_float or add_integer)(object, at, bytes, args[3]))
  end

  return methods
end

TYPES.array = function() return { methods = numbers_methods() } end
TYPES.value = function()
  local methods = numbers_methods()

  -- text: of a Value of any type
  function methods.getAny(object) return ok(redis.call('GET', object_key(object, 'data'))) end
  function methods.setAny(object, args)
    if field(object, 'code') ~= '*' then return fail('type-differs', 'the type is "' .. field(object, 'code') .. '"', { 'code', field(object, 'code') }) end
    redis.call('SET', object_key(object, 'data'), args[1])
    return DONE
  end

  return { methods = methods }
end
