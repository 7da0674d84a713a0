-- Event, semaphores, Condition, Barrier.

TYPES.event = function()
  local methods = {}
  function methods.create() return DONE end
  function methods.isSet(object) return ok(number_field(object, 'set')) end
  function methods.set(object)
    set_field(object, 'set', 1)
    return DONE
  end
  function methods.clear(object)
    set_field(object, 'set', 0)
    return DONE
  end
  function methods.wait(object)
    return number_field(object, 'set') == 1 and ok(1) or not_now('wait', ok(0))
  end
  return { methods = methods, lines = { 'wait' } }
end

local function semaphore_type()
  local methods, undo = {}, {}

  -- value, bound or ''
  function methods.create(object, args)
    set_field(object, 'value', args[1] == '' and 1 or args[1], 'bound', args[2])
    return DONE
  end
  function methods.getValue(object) return ok(number_field(object, 'value')) end
  function methods.acquire(object)
    local value = number_field(object, 'value')
    if value <= 0 then return not_now('acquire', ok(0)) end
    set_field(object, 'value', value - 1)
    return ok(1)
  end
  function undo.acquire(object) raise_field(object, 'value') end

  -- how many
  function methods.release(object, args)
    local value = number_field(object, 'value') + (args[1] == '' and 1 or tonumber(args[1]))
    local bound = tonumber(field(object, 'bound') or '')
    if bound and value > bound then return fail('value-error', 'the semaphore was released more often than it was acquired') end
    set_field(object, 'value', value)
    return DONE
  end
  return { methods = methods, lines = { 'acquire' }, undo = undo }
end
TYPES.semaphore = semaphore_type
TYPES['bounded-semaphore'] = semaphore_type

-- The record has `lock` (the name of its RLock in the same manager) and `woken`: how many of the line may go on.
TYPES.condition = function()
  local methods = {}
  local function lock_of(object) return { manager = object.manager, type = 'rlock', name = field(object, 'lock') } end

  function methods.create(object, args)
    set_field(object, 'lock', args[1])
    return DONE
  end

  -- owner: of its lock, which is set free on the way into the line. Gives {1 = notified, levels the owner had}
  function methods.wait(object, args, call)
    if call.mine then
      if number_field(object, 'woken') <= 0 then return not_now('wait', ok({ '0', call.mine })) end
      raise_field(object, 'woken', -1)
      return ok({ '1', call.mine })
    end
    local lock = lock_of(object)
    if not owns(lock, args[1]) then return fail('assertion-error', 'a Condition is waited for only by who has acquired it') end
    call.mine = field(lock, 'count')
    local freed = set_free(lock)
    call.touched = lock
    return not_now('wait', ok({ '0', call.mine }), freed)
  end

  -- owner, how many ('' = all)
  function methods.notify(object, args)
    if not owns(lock_of(object), args[1]) then return fail('assertion-error', 'a Condition is notified only by who has acquired it') end
    local line = redis.call('ZCARD', object_key(object, 'line') .. 'wait')
    set_field(object, 'woken', args[2] == '' and line or math.min(line, tonumber(args[2])))
    return DONE
  end

  return { methods = methods, lines = { 'wait' } }
end

-- The record has parties, generation, count (arrived), broken, acting (the last one runs the action).
TYPES.barrier = function()
  local methods, left = {}, {}
  local broken = fail('broken-barrier', 'the barrier is broken')
  local function go_on(object)
    raise_field(object, 'generation')
    set_field(object, 'count', 0, 'acting', 0)
  end
  local function break_it(object) set_field(object, 'broken', 1, 'count', 0, 'acting', 0) end

  -- parties, 1 = with an action
  function methods.create(object, args)
    set_field(object, 'parties', args[1], 'action', args[2] == '' and 0 or args[2], 'generation', 0, 'count', 0, 'broken', 0, 'acting', 0)
    return DONE
  end

  -- Gives {arrival index, 1 = runs the action}
  function methods.wait(object, args, call)
    local generation = number_field(object, 'generation')
    if call.mine then
      local index, mine = string.match(call.mine, '^(%d+) (%d+)$')
      if tonumber(mine) < number_field(object, 'reset') then return broken end
      if tonumber(mine) < generation then return ok({ index, '0' }) end
      return number_field(object, 'broken') == 1 and broken or not_now('wait', broken)
    end
    if number_field(object, 'broken') == 1 then return broken end
    -- the action of the round before still runs
    if number_field(object, 'acting') == 1 then return not_now('enter', broken) end
    local index = number_field(object, 'count')
    local parties = number_field(object, 'parties')
    if not call.waits and index + 1 < parties then
      break_it(object)
      return broken
    end
    set_field(object, 'count', index + 1)
    if index + 1 < parties then
      call.mine = digits(index) .. ' ' .. digits(generation)
      return not_now('wait', broken)
    end
    if number_field(object, 'action') == 1 then
      set_field(object, 'acting', 1)
      return ok({ digits(index), '1' })
    end
    go_on(object)
    return ok({ digits(index), '0' })
  end
  -- one that gives up breaks it for all
  function left.wait(object, mine)
    local _, generation = string.match(mine or '', '^(%d+) (%d+)$')
    if tonumber(generation) == number_field(object, 'generation') and number_field(object, 'broken') == 0 then break_it(object) end
  end

  -- the action of the round is over
  function methods.acted(object)
    if number_field(object, 'acting') == 1 then go_on(object) end
    return DONE
  end
  function methods.abort(object)
    break_it(object)
    return DONE
  end
  -- those that wait are thrown out; the next round is a new one
  function methods.reset(object)
    go_on(object)
    set_field(object, 'broken', 0, 'reset', number_field(object, 'generation'))
    return DONE
  end
  function methods.parties(object) return ok(number_field(object, 'parties')) end
  function methods.nWaiting(object) return ok(number_field(object, 'count')) end
  function methods.broken(object) return ok(number_field(object, 'broken')) end

  return { methods = methods, lines = { 'wait', 'enter' }, left = left }
end
