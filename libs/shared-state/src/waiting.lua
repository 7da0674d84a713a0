-- @include "types"
-- Calls, and those that wait. A call that cannot be answered now stands in a line of its object; whatever is written to the object hands
-- out what can be had, first come first. A hand-out is a reservation: whoever waits takes it, or it goes to the next.

local function unpacked(packed) return packed and cmsgpack.unpack(packed) end
local function waiter_of(owner) return unpacked(redis.call('HGET', sharing_key('waits'), owner)) end
local function keep_waiter(owner, waiter) redis.call('HSET', sharing_key('waits'), owner, cmsgpack.pack(waiter)) end
local function line_key(object, line) return object_key(object, 'line') .. line end

local function manager_lives(manager)
  if manager == 'default' then return true end
  local made, session, ends_at = unpack(redis.call('HMGET', manager_key(manager, 'record'), 'createdAt', 'session', 'endsAt'))
  if not made or (ends_at and tonumber(ends_at) <= now) then return false end
  return not session or redis.call('EXISTS', session_record(session)) == 1 or redis.call('EXISTS', manager_key(manager, 'users')) == 1
end

-- A failure when there is a later try of the task that calls, or none any more; asked once for all calls of a batch.
local function over(call)
  if OVER[call] == nil then
    local chunk = unpacked(redis.call('HGET', job_chunks(call.job), call.chunk))
    -- one that runs before it is claimed has the number of the claim to come
    local is_over = not chunk or chunk.a > tonumber(call.attempt)
    OVER[call] = is_over and fail('fenced', 'this try of the task is over' .. (chunk and ': its attempt is ' .. digits(chunk.a) or ''))
  end
  return OVER[call]
end

-- A failure when the call may not write any more: the lock that its fence names was granted again, or the task that makes it was.
local function barred(op, call)
  if op.fence ~= '' then
    local lock, held_by = string.match(op.fence, '^(%S+) (%d+)$')
    local token = field(object_of(lock), 'token') or 'none'
    if token ~= held_by then return fail('fenced', 'the lock was granted again: its token is ' .. token, { 'token', token }) end
  end
  if call.job ~= '' then return over(call) or nil end
end

local function make(object, op)
  if exists(object) then
    local asked = field(object, 'made')
    if asked ~= op.made then return fail('object-differs', 'it exists already, and was made with other arguments') end
    return ok(0)
  end
  if not manager_lives(object.manager) then return fail('manager-not-found', 'there is no manager ' .. object.manager) end
  set_field(object, 'version', 0, 'made', op.made, 'createdAt', now)
  redis.call('SADD', manager_key(object.manager, 'objects'), object.type .. '/' .. object.name)
  kind_of(object.type).methods.create(object, op.args)
  return ok(1)
end

-- Whoever watches is told of a write.
local function tell(object, op)
  local watched = field(object, 'watched')
  if not watched or tonumber(watched) < now then return end
  local lines = { digits(number_field(object, 'version')) .. ' ' .. op.method }
  for i, arg in ipairs(op.args) do lines[i + 1] = #arg .. ' ' .. arg end
  redis.call('PUBLISH', object_key(object, 'changes'), table.concat(lines, '\n'))
end

-- One operation, once: writes raise the object's version.
local function perform(op, call)
  local object, no = op.object, op.writes == '1' and barred(op, call)
  if no then return no end
  if op.method == 'create' then return make(object, op) end
  if not exists(object) then return fail('object-not-found', 'there is no ' .. word(object)) end
  if op.method == 'version' then return ok(number_field(object, 'version')) end
  local answer = kind_of(object.type).methods[op.method](object, op.args, call)
  if op.writes == '1' and answer[1] == 'v' then
    raise_field(object, 'version')
    tell(object, op)
  end
  return answer
end

local function door_lives(door)
  local beat = redis.call('ZSCORE', sharing_key('doors'), door)
  return beat and tonumber(beat) > now - DOOR_MS
end

local function out_of_line(owner, waiter)
  redis.call('ZREM', line_key(waiter.op.object, waiter.line), owner)
  redis.call('SREM', sharing_key('door') .. waiter.call.door, owner)
end

local function into_line(owner, waiter, line)
  waiter.line = line
  local turn = raise_field(waiter.op.object, 'turns')
  redis.call('ZADD', line_key(waiter.op.object, line), turn, owner)
  redis.call('SADD', sharing_key('door') .. waiter.call.door, owner)
  keep_waiter(owner, waiter)
end

local function remember(owner, seq, answers) redis.call('SET', sharing_key('owner') .. owner, cmsgpack.pack({ seq, answers }), 'PX', OWNER_MS) end

local function give(owner, waiter, answer)
  out_of_line(owner, waiter)
  waiter.given = answer
  keep_waiter(owner, waiter)
  remember(owner, waiter.seq, { answer })
  redis.call('ZADD', sharing_key('reservations'), now + RESERVED_MS, owner)
  redis.call('SADD', sharing_key('given') .. waiter.call.door, owner)
  redis.call('PUBLISH', door_channel(waiter.call.door), owner)
end

-- Serves the first of a line; whether it is out of it.
local function serve_first(object, line)
  local owner = redis.call('ZRANGE', line_key(object, line), 0, 0)[1]
  if not owner then return false end
  local waiter = waiter_of(owner)
  if not waiter or not door_lives(waiter.call.door) then
    redis.call('ZREM', line_key(object, line), owner)
    return true
  end
  local answer = perform(waiter.op, waiter.call)
  if answer[1] ~= 'w' then
    give(owner, waiter, answer)
    return true
  end
  if answer[2] == line then return false end
  out_of_line(owner, waiter)
  into_line(owner, waiter, answer[2])
  return true
end

local function serve(object)
  local lines = kind_of(object.type).lines
  if not lines then return end
  local i = 1
  while i <= #lines do
    -- one that was served may have made room for those of another line
    if serve_first(object, lines[i]) then i = 1 else i = i + 1 end
  end
end

local function serve_touched(op, call)
  if op.writes == '1' then serve(op.object) end
  if call.touched then serve(call.touched) end
end

-- What was handed out and not taken goes back, as if it had never been.
local function give_back(owner, waiter)
  local undo = (kind_of(waiter.op.object.type).undo or {})[waiter.op.method]
  if undo and waiter.given[1] == 'v' and waiter.given[2] then undo(waiter.op.object, waiter.op.args, waiter.given[2]) end
  redis.call('DEL', sharing_key('owner') .. owner)
  serve(waiter.op.object)
end

local function forget(owner, waiter)
  redis.call('ZREM', sharing_key('reservations'), owner)
  redis.call('SREM', sharing_key('given') .. waiter.call.door, owner)
  redis.call('HDEL', sharing_key('waits'), owner)
end

-- A caller does not wait any more: its answer. `gone`: there is nobody who would take what was handed out.
local function leave(owner, gone)
  local waiter = waiter_of(owner)
  if not waiter then return false end
  forget(owner, waiter)
  if waiter.given then
    if gone then give_back(owner, waiter) end
    return waiter.given
  end
  out_of_line(owner, waiter)
  local left = (kind_of(waiter.op.object.type).left or {})[waiter.op.method]
  if left then
    left(waiter.op.object, waiter.call.mine)
    serve(waiter.op.object)
  end
  return waiter.otherwise
end
