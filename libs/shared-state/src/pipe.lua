-- Two ends, 0 and 1. What one end sends waits in `data` of the other; `closed0` and `closed1` say which ends are closed.

TYPES.pipe = function()
  local methods, undo = {}, {}
  local function inbox(object, side) return object_key(object, 'data') .. side end
  local function is_closed(object, side) return number_field(object, 'closed' .. side) == 1 end
  local function other(side) return side == '0' and '1' or '0' end
  local function shut(side) return fail('os-error', 'end ' .. side .. ' of the pipe is closed') end

  -- 1 = both ends send and receive; else 0 only receives and 1 only sends
  function methods.create(object, args)
    set_field(object, 'duplex', args[1] == '' and 1 or args[1])
    return DONE
  end

  local function may(object, side) return number_field(object, 'duplex') == 1 or side end

  -- end, value
  function methods.send(object, args)
    local side = args[1]
    if is_closed(object, side) then return shut(side) end
    if not may(object, side == '1') then return fail('os-error', 'this end only receives') end
    if is_closed(object, other(side)) then return fail('os-error', 'the other end of the pipe is closed') end
    redis.call('RPUSH', inbox(object, other(side)), args[2])
    return DONE
  end

  -- end
  function methods.recv(object, args)
    local side = args[1]
    if is_closed(object, side) then return shut(side) end
    if not may(object, side == '0') then return fail('os-error', 'this end only sends') end
    local value = redis.call('LPOP', inbox(object, side))
    if value then return ok(value) end
    if is_closed(object, other(side)) then return fail('eof-error', 'the other end of the pipe is closed') end
    return not_now('recv' .. side, fail('queue-empty', 'nothing came'))
  end
  function undo.recv(object, args, value) redis.call('LPUSH', inbox(object, args[1]), value) end

  -- end: whether recv would answer at once
  function methods.poll(object, args)
    local side = args[1]
    if is_closed(object, side) then return shut(side) end
    if redis.call('EXISTS', inbox(object, side)) == 1 or is_closed(object, other(side)) then return ok(1) end
    return not_now('poll' .. side, ok(0))
  end

  function methods.close(object, args)
    set_field(object, 'closed' .. args[1], 1)
    return DONE
  end

  return { methods = methods, lines = { 'poll0', 'poll1', 'recv0', 'recv1' }, undo = undo }
end
