-- A number: add, get, reset.

TYPES.counter = function()
  local methods = {}

  function methods.create(object, args)
    set_field(object, 'value', args[1] == '' and '0' or args[1])
    return DONE
  end

  function methods.get(object) return ok(field(object, 'value')) end

  function methods.add(object, args)
    local sum, failure = plus(field(object, 'value'), args[1] == '' and 1 or args[1])
    if not sum then return failure end
    set_field(object, 'value', sum)
    return ok(sum)
  end

  function methods.reset(object, args)
    local old = field(object, 'value')
    set_field(object, 'value', args[1] == '' and '0' or args[1])
    return ok(old)
  end

  return { methods = methods }
end
