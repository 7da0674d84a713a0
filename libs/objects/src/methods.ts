import { joins, type Method, reads, waits, writes } from './method.ts'
import { type ObjectType, objectTypes } from './ref.ts'

type Methods = Readonly<Record<string, Method>>

const counter: Methods = {
  create: writes({ value: 'number?' }, 'flag', 'Makes it, at 0 if nothing else is said'),
  get: reads({}, 'number', 'The number'),
  add: writes({ amount: 'number?' }, 'number', 'Adds, 1 if nothing else is said; gives the sum'),
  reset: writes({ value: 'number?' }, 'number', 'Sets it, to 0 if nothing else is said; gives what it was'),
}

const mapping: Methods = {
  create: writes({ entries: 'entries?' }, 'flag', 'Makes it, with these entries'),
  get: reads({ key: 'value', default: 'value?' }, 'value', 'The value of a key; the default, or null, when there is none'),
  getItem: reads({ key: 'value' }, 'value', 'The value of a key, which must be there'),
  set: writes({ key: 'value', value: 'value' }, 'nothing', 'Sets one'),
  delete: writes({ key: 'value' }, 'nothing', 'Takes one out, which must be there'),
  has: reads({ key: 'value' }, 'flag', 'Whether the key is there'),
  size: reads({}, 'integer', 'How many there are'),
  keys: reads({}, 'values', 'All keys, in the order in which they came'),
  values: reads({}, 'values', 'All values, in that order'),
  items: reads({}, 'entries', 'All entries, in that order'),
  pop: writes({ key: 'value', default: 'value?' }, 'value', 'Takes one out and gives its value; the default when it is not there'),
  popItem: writes({}, 'pair', 'Takes out the one that came last'),
  setDefault: writes(
    { key: 'value', default: 'value?' },
    'value',
    'The value of a key, which is set to the default before if it is not there',
  ),
  update: writes(
    { entries: 'entries', version: 'integer?' },
    'integer',
    'Sets all of these at once, if the version is still the one that is named; gives the new one',
  ),
  clear: writes({}, 'nothing', 'Takes out all'),
  increment: writes({ key: 'value', amount: 'number?' }, 'number', 'Adds to the number of a key, 0 if it is not there; gives the sum'),
}

const list: Methods = {
  create: writes({ values: 'values?' }, 'flag', 'Makes it, with these values'),
  get: reads({ index: 'integer' }, 'value', 'The value at a place; negative ones count from the end'),
  set: writes({ index: 'integer', value: 'value' }, 'nothing', 'Replaces the value at a place'),
  delete: writes({ index: 'integer' }, 'nothing', 'Takes out the value at a place'),
  append: writes({ value: 'value' }, 'nothing', 'Adds one at the end'),
  extend: writes({ values: 'values' }, 'nothing', 'Adds many at the end'),
  insert: writes({ index: 'integer', value: 'value' }, 'nothing', 'Puts one before a place'),
  pop: writes({ index: 'integer?' }, 'value', 'Takes out the value at a place, the last if none is named, and gives it'),
  remove: writes({ value: 'value' }, 'nothing', 'Takes out the first one that is equal, which must be there'),
  index: reads({ value: 'value', start: 'integer?', stop: 'integer?' }, 'integer', 'The place of the first one that is equal'),
  count: reads({ value: 'value' }, 'integer', 'How many are equal'),
  has: reads({ value: 'value' }, 'flag', 'Whether one is equal'),
  size: reads({}, 'integer', 'How many there are'),
  reverse: writes({}, 'nothing', 'Turns it round'),
  slice: reads({ start: 'integer?', stop: 'integer?' }, 'values', 'A copy of [start, stop)'),
  setSlice: writes({ values: 'values', start: 'integer?', stop: 'integer?' }, 'nothing', 'Replaces [start, stop) by as many as there are'),
  deleteSlice: writes({ start: 'integer?', stop: 'integer?' }, 'nothing', 'Takes out [start, stop)'),
  clear: writes({}, 'nothing', 'Takes out all'),
  replace: writes({ values: 'values', version: 'integer' }, 'nothing', 'Replaces all, if the version is still the one that is named'),
}

const set: Methods = {
  create: writes({ values: 'values?' }, 'flag', 'Makes it, with these values'),
  add: writes({ value: 'value' }, 'nothing', 'Adds one'),
  remove: writes({ value: 'value' }, 'nothing', 'Takes one out, which must be there'),
  discard: writes({ value: 'value' }, 'nothing', 'Takes one out, if it is there'),
  pop: writes({}, 'value', 'Takes any one out and gives it'),
  has: reads({ value: 'value' }, 'flag', 'Whether it is there'),
  size: reads({}, 'integer', 'How many there are'),
  values: reads({}, 'values', 'All, in no order'),
  clear: writes({}, 'nothing', 'Takes out all'),
  update: writes({ values: 'values' }, 'nothing', 'Adds all of these'),
  differenceUpdate: writes({ values: 'values' }, 'nothing', 'Takes out all of these'),
  intersectionUpdate: writes({ values: 'values' }, 'nothing', 'Takes out all others'),
  symmetricDifferenceUpdate: writes({ values: 'values' }, 'nothing', 'Takes out those of these that are there, and adds the others'),
}

const numbers: Methods = {
  create: writes({ code: 'code', itemBytes: 'integer', flags: 'text', content: 'bytes?' }, 'flag', 'Makes it: its C type, and its bytes'),
  nature: reads({}, 'nature', 'What it was made with: code, flags, and how many there are'),
  size: reads({}, 'integer', 'How many there are'),
  get: reads({ code: 'code', index: 'integer' }, 'bytes', 'The number at a place'),
  set: writes({ code: 'code', index: 'integer', content: 'bytes' }, 'nothing', 'Replaces the number at a place'),
  add: writes({ code: 'code', index: 'integer', amount: 'bytes' }, 'bytes', 'Adds to the number at a place, at once; gives the sum'),
  read: reads({ code: 'code', start: 'integer?', stop: 'integer?' }, 'bytes', 'A copy of [start, stop)'),
  write: writes({ code: 'code', start: 'integer?', stop: 'integer?', content: 'bytes' }, 'nothing', 'Replaces [start, stop) by as many'),
}

const value: Methods = {
  ...numbers,
  create: writes(
    { code: 'code', itemBytes: 'integer', flags: 'text', content: 'bytes?', value: 'value?' },
    'flag',
    'Makes it: its C type and bytes; or `*` and any value',
  ),
  getAny: reads({}, 'value', 'What a Value of any type holds'),
  setAny: writes({ value: 'value' }, 'nothing', 'Replaces what a Value of any type holds'),
}

const queue: Methods = {
  create: writes({ maxsize: 'integer?' }, 'flag', 'Makes it; 0 or less = without a bound'),
  put: waits({ value: 'value' }, 'nothing', 'Adds one at the end; waits while it is full'),
  get: waits({}, 'value', 'Takes the first one out; waits while it is empty'),
  lease: waits({ leaseMs: 'ms' }, 'delivery', 'Gets the first one until it is acked; it comes back when the lease ends before'),
  ack: writes({ delivery: 'text' }, 'nothing', 'Takes out for good what was got with a lease'),
  size: reads({}, 'integer', 'How many there are'),
  full: reads({}, 'flag', 'Whether a put would wait'),
}

const joinable: Methods = {
  ...queue,
  taskDone: writes({}, 'nothing', 'Says that the work on one item is done'),
  join: waits({}, 'flag', 'Waits until there were as many taskDone() as puts'),
}

const common: Methods = {
  create: writes({}, 'flag', 'Makes it'),
  locked: reads({}, 'flag', 'Whether somebody has it'),
  extend: writes({ token: 'token', ttlMs: 'ms' }, 'nothing', 'Begins the lease anew, for whoever has the token'),
}

const lock: Methods = {
  ...common,
  acquire: waits(
    { ttlMs: 'ms', holder: 'owner?' },
    'grant',
    'Gets it, until it is released or its lease ends; null when it does not in time',
  ),
  release: writes({ token: 'token?' }, 'nothing', "Sets it free: anybody's, or only that of the token"),
}

const rlock: Methods = {
  ...common,
  acquire: waits(
    { owner: 'owner', ttlMs: 'ms', holder: 'owner?', levels: 'integer?' },
    'grant',
    'Gets it, once more if the owner has it already; null when it does not in time',
  ),
  release: writes({ owner: 'owner' }, 'nothing', 'Gives one level back'),
  owned: reads({ owner: 'owner' }, 'flag', 'Whether this owner has it'),
}

const semaphore: Methods = {
  create: writes({ value: 'integer?', bound: 'integer?' }, 'flag', 'Makes it: how many may have it at once, and the most there may be'),
  acquire: waits({}, 'flag', 'Takes one; false when none comes in time'),
  release: writes({ count: 'integer?' }, 'nothing', 'Gives some back, 1 if nothing else is said'),
  getValue: reads({}, 'integer', 'How many are left'),
}

const condition: Methods = {
  create: writes({ lock: 'text' }, 'flag', 'Makes it, over the RLock of this name'),
  wait: joins({ owner: 'owner' }, 'notice', 'Sets its lock free and waits to be notified: whether it was, and the levels to acquire again'),
  notify: writes({ owner: 'owner', count: 'integer?' }, 'nothing', 'Wakes so many of those that wait, all if nothing else is said'),
}

const event: Methods = {
  create: writes({}, 'flag', 'Makes it, not set'),
  isSet: reads({}, 'flag', 'Whether it is set'),
  set: writes({}, 'nothing', 'Sets it: all who wait go on'),
  clear: writes({}, 'nothing', 'Takes that back'),
  wait: waits({}, 'flag', 'Waits until it is set; false when it is not in time'),
}

const barrier: Methods = {
  create: writes({ parties: 'integer', hasAction: 'flag?' }, 'flag', 'Makes it, for so many parties'),
  wait: joins({}, 'arrival', 'Waits until all have come: the place in which this one came, and whether it runs the action'),
  acted: writes({}, 'nothing', 'Says that the action has been run: all go on'),
  abort: writes({}, 'nothing', 'Breaks it'),
  reset: writes({}, 'nothing', 'Makes it as new; who waits is told that it is broken'),
  parties: reads({}, 'integer', 'How many it is for'),
  nWaiting: reads({}, 'integer', 'How many wait'),
  broken: reads({}, 'flag', 'Whether it is broken'),
}

const pipe: Methods = {
  create: writes({ duplex: 'flag?' }, 'flag', 'Makes it: both ends send and receive, or end 0 receives and end 1 sends'),
  send: writes({ end: 'text', value: 'value' }, 'nothing', 'Sends one to the other end'),
  recv: waits({ end: 'text' }, 'value', 'What came first; waits for it'),
  poll: waits({ end: 'text' }, 'flag', 'Whether recv would answer at once; waits for that'),
  close: writes({ end: 'text' }, 'nothing', 'Closes an end'),
}

/** Of every type. */
const version = reads({}, 'integer', 'How often it was written to')

const own: Readonly<Record<ObjectType, Methods>> = {
  array: numbers,
  barrier,
  'bounded-semaphore': semaphore,
  condition,
  counter,
  dict: mapping,
  event,
  'joinable-queue': joinable,
  list,
  lock,
  namespace: mapping,
  pipe,
  queue,
  rlock,
  semaphore,
  set,
  'simple-queue': queue,
  value,
}

/** Every method of every type: HTTP, OpenAPI and both doors are made of this one table. */
export const methods = Object.fromEntries<Methods>(objectTypes.map((type) => [type, { ...own[type], version }])) as Record<
  ObjectType,
  Methods
>

/** The method of a type; undefined when there is none. */
export function methodOf(type: ObjectType, name: string): Method | undefined {
  const known = methods[type]
  return Object.hasOwn(known, name) ? known[name] : undefined
}
