-- Locks. `held` is there while somebody has it, with the token of the grant, for as long as the lease runs; the record has `holder`
-- (whose end sets it free), `ttl`, and of an RLock `owner` and `count`. Tokens come from one number that only grows: a lock that is
-- made anew never gives an old one.
-- Where several nodes vote for locks, a grant has a mark that no other has, and is `open` until its nodes have been won. What they are
-- to do stands in the answer: {'win' | 'keep' | 'free', lock, mark, token, ttl}.

local function held(object) return redis.call('GET', object_key(object, 'held')) end
local function lease_left(object) return redis.call('PTTL', object_key(object, 'held')) end
local function lock_word(object) return word(object) end

local function lease(object, ttl)
  redis.call('PEXPIRE', object_key(object, 'held'), ttl)
  redis.call('ZADD', sharing_key('due'), now + ttl + 1, lock_word(object))
end

local function for_nodes(what, object, ttl)
  local mark = field(object, 'mark')
  return mark and { what, lock_word(object), mark, field(object, 'token'), ttl or field(object, 'ttl') } or false
end

-- For so long a node that has restarted does not vote.
local function too_long(ttl, call)
  if not call.nodes or tonumber(ttl) <= call.nodes then return nil end
  return fail('invalid-ttl', 'the lease is ' .. ttl .. ' ms; where nodes vote for locks it is at most ' .. digits(call.nodes) .. ' ms')
end

-- The token, or nil when another has it.
local function grab(object, ttl, holder, call)
  if held(object) then return nil end
  local token = digits(redis.call('INCR', sharing_key('fences')))
  redis.call('SET', object_key(object, 'held'), token, 'NX', 'PX', ttl)
  set_field(object, 'token', token, 'ttl', ttl, 'holder', holder)
  if call.nodes then set_field(object, 'open', '1', 'mark', redis.sha1hex(table.concat({ token, digits(now), call.owner, holder }, ' '))) end
  if holder ~= '' then redis.call('SADD', sharing_key('holder') .. holder, lock_word(object)) end
  redis.call('ZADD', sharing_key('due'), now + ttl + 1, lock_word(object))
  return token
end

local function set_free(object)
  local holder = field(object, 'holder')
  if holder and holder ~= '' then redis.call('SREM', sharing_key('holder') .. holder, lock_word(object)) end
  redis.call('DEL', object_key(object, 'held'))
  local freed = for_nodes('free', object)
  set_field(object, 'holder', false, 'owner', false, 'count', false, 'mark', false, 'open', false)
  redis.call('ZREM', sharing_key('due'), lock_word(object))
  return freed
end

local function lock_due(object)
  local left = lease_left(object)
  if left > 0 then redis.call('ZADD', sharing_key('due'), now + left + 1, lock_word(object)) else set_free(object) end
end

local function common_methods(methods)
  function methods.create() return DONE end
  function methods.locked(object) return ok(held(object) and 1 or 0) end

  -- token, ttl in ms: by whoever has the token
  function methods.extend(object, args, call)
    local token, no = held(object), too_long(args[2], call)
    if no then return no end
    if not token then return fail('lock-expired', 'the lease has ended') end
    if token ~= args[1] then return fail('not-lock-holder', 'the token is not that of the holder') end
    lease(object, tonumber(args[2]))
    if field(object, 'open') then set_field(object, 'open', false) end
    return ok(false, for_nodes('keep', object, args[2]))
  end
end

TYPES.lock = function()
  local methods, undo = {}, {}
  common_methods(methods)

  -- ttl in ms, holder
  function methods.acquire(object, args, call)
    local no = too_long(args[1], call)
    if no then return no end
    local token = grab(object, tonumber(args[1]), args[2], call)
    return token and ok({ token, args[1] }, for_nodes('win', object)) or not_now('acquire', ok(false))
  end
  function undo.acquire(object, args, reply) if held(object) == reply[1] then set_free(object) end end

  -- token, or '' for whoever has it, as in Python
  function methods.release(object, args)
    local token = held(object)
    if args[1] ~= '' and token ~= args[1] then
      if token then return fail('not-lock-holder', 'the token is not that of the holder') end
      return fail('lock-expired', 'the lease has ended')
    end
    if not token then return fail('value-error', 'the lock is not held') end
    return ok(false, set_free(object))
  end

  return { methods = methods, lines = { 'acquire' }, undo = undo, due = lock_due }
end

-- Of one owner, who may have it many times over.
-- Its token, and what its nodes are to do: nothing where it was had before.
local function owned_acquire(object, owner, count, ttl, holder, call)
  if held(object) and field(object, 'owner') == owner then
    if field(object, 'open') then return nil end
    raise_field(object, 'count', count)
    return held(object), false
  end
  local token = grab(object, ttl, holder, call)
  if token then set_field(object, 'owner', owner, 'count', count) end
  return token, for_nodes('win', object)
end
local function owns(object, owner) return held(object) and field(object, 'owner') == owner end

TYPES.rlock = function()
  local methods, undo = {}, {}
  common_methods(methods)

  -- owner, ttl in ms, holder, how many levels
  function methods.acquire(object, args, call)
    local no = too_long(args[2], call)
    if no then return no end
    local count = args[4] == '' and 1 or tonumber(args[4])
    local token, work = owned_acquire(object, args[1], count, tonumber(args[2]), args[3], call)
    return token and ok({ token, args[2] }, work) or not_now('acquire', ok(false))
  end
  function undo.acquire(object, args, reply) if held(object) == reply[1] then set_free(object) end end

  -- owner
  function methods.release(object, args)
    if not owns(object, args[1]) then return fail('assertion-error', 'an RLock is released only by its owner') end
    return ok(false, raise_field(object, 'count', -1) <= 0 and set_free(object))
  end

  function methods.owned(object, args) return ok(owns(object, args[1]) and 1 or 0) end

  return { methods = methods, lines = { 'acquire' }, undo = undo, due = lock_due }
end
