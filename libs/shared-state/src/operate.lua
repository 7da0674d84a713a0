-- @include "waiting"
-- Calls on shared objects, in order; each is answered for itself. An owner's calls come one after the other, by number: one that comes again
-- is answered from what was kept, and not done twice.
-- KEYS  1 group base
-- ARGV  1 tenant  2 door  3 owner, empty for none  4 number  5 job, 6 chunk and 7 attempt of the task that calls, empty for none
--       8 1 = it waits (only one that has an owner and is alone)  9 longest lease of a lock in ms
--       where nodes vote for locks, 0 = they do not  10 how many calls, and for each: '<manager>/<type>/<name>', method, 1 = it writes
--       (t = and only tries what it may have to wait for), '<lock> <token>' of its fence (empty for none), how many arguments, the arguments;
--       '=' stands for all but the arguments where they are those of the call before
-- Returns an answer each: {'v', value, work of lock nodes} | {'e', code, detail, extra} | {'w', work} = it waits
-- Publishes door of those that are handed something

local owner, seq = ARGV[3], ARGV[4]

local function replay()
  local kept = owner ~= '' and unpacked(redis.call('GET', sharing_key('owner') .. owner))
  if not kept or tonumber(kept[1]) < tonumber(seq) then return nil end
  if tonumber(kept[1]) > tonumber(seq) then error('calls of an owner come in order: ' .. seq .. ' is behind ' .. kept[1]) end
  local waiter = waiter_of(owner)
  if waiter then forget(owner, waiter) end
  return kept[2]
end

local call = { door = ARGV[2], job = ARGV[5], chunk = ARGV[6], attempt = ARGV[7], waits = ARGV[8] == '1', nodes = ARGV[9] ~= '0' and tonumber(ARGV[9]), owner = owner }

local at, last = 10, nil
local function head()
  if ARGV[at + 1] == '=' then
    at = at + 1
    return { object = last.object, method = last.method, writes = last.writes, tries = last.tries, fence = last.fence, count = last.count }
  end
  local writes = ARGV[at + 3]
  local op = { object = object_of(ARGV[at + 1]), method = ARGV[at + 2], writes = writes == 't' and '1' or writes, tries = writes == 't',
    fence = ARGV[at + 4], count = tonumber(ARGV[at + 5]) }
  at = at + 5
  return op
end

local function next_op()
  local op, args = head(), {}
  for i = 1, op.count do args[i] = ARGV[at + i] end
  at = at + op.count
  op.args, last = args, op
  if op.method == 'create' then op.made = redis.sha1hex(table.concat(args, '\n')) end
  return op
end

local function wait_in_line(op, answer)
  redis.call('ZADD', sharing_key('doors'), now, call.door)
  into_line(owner, { op = op, call = call, seq = seq, otherwise = answer[3] }, answer[2])
  return { 'w', answer[4] }
end

-- It came again while it waits: perhaps at another door.
local function wait_on(waiter)
  redis.call('ZADD', sharing_key('doors'), now, ARGV[2])
  redis.call('SREM', sharing_key('door') .. waiter.call.door, owner)
  redis.call('SADD', sharing_key('door') .. ARGV[2], owner)
  waiter.call.door = ARGV[2]
  keep_waiter(owner, waiter)
  return { { 'w' } }
end

local function answer_of(op)
  local answer = perform(op, call)
  if answer[1] == 'w' then answer = op.tries and { 'w', answer[4] } or call.waits and wait_in_line(op, answer) or answer[3] end
  serve_touched(op, call)
  call.touched = nil
  return answer
end

local waiting = ARGV[8] == '1' and waiter_of(owner)
if waiting and not waiting.given then return wait_on(waiting) end
local known = replay()
if known then return known end

local answers, wrote = {}, false
for i = 1, tonumber(ARGV[10]) do
  local op = next_op()
  answers[i] = answer_of(op)
  wrote = wrote or op.writes == '1'
end
commit()
if wrote and owner ~= '' and answers[1][1] ~= 'w' then remember(owner, seq, answers) end
return answers
