import { groupBase, type KeyRow, key } from './keys.ts'

/** Keys of shared objects, for TypeScript and for Lua. They share the hash tag of their group: a write may look at the task that makes it. */

/** Behind `mh:{<group>}:<tenant>`. */
export const sharingTable = {
  managers: key(':managers', 'set', 'names of managers that were made'),
  owner: key(
    ':owner:',
    'string',
    'of one that calls: the number of its last call that wrote, and the answers to it (MessagePack), for 10 min',
  ),
  waits: key(
    ':waits',
    'hash',
    'owner -> the call that waits (MessagePack): op, door; and once it was handed what it waited for, that it was',
  ),
  doors: key(
    ':doors',
    'zset',
    'ids of doors (API processes, and processes that run functions) that have callers waiting, by their last beat (ms)',
  ),
  door: key(':door:', 'set', 'owners whose calls wait at a door (its id follows)'),
  given: key(':given:', 'set', 'owners at a door (its id follows) who were handed something and have not taken it'),
  reservations: key(':reservations', 'zset', 'owners who were handed something, by when it goes to the next unless they take it (ms)'),
  due: key(':due', 'zset', '"<manager>/<type>/<name>" of objects in which a lease runs, by its end (ms)'),
  fences: key(':fences', 'string', 'the last fencing token: one number for all locks, which only grows'),
  holder: key(':holder:', 'set', '"<manager>/<type>/<name>" of the locks that one holds (its id follows)'),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:manager:<name>`. */
export const managerTable = {
  record: key('', 'hash', 'createdAt; session: it ends with that one; endsAt (ms)'),
  users: key(':users', 'set', 'jobs of processes that it is kept for when its session has ended'),
  objects: key(':objects', 'set', '"<type>/<name>" of its objects'),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:object:<manager>:<type>:<name>`. */
export const objectTable = {
  record: key('', 'hash', 'version: how often it was written to; what it was made with, and what of its state is a number or a word'),
  data: key(':data', 'hash', 'what it holds: a hash of a dict, a list of a list or a queue, a set of a set, bytes of a Value or an Array'),
  order: key(':order', 'zset', 'of a dict: its keys by when they came'),
  held: key(':held', 'string', 'of a lock: the token of its holder, for as long as the lease runs'),
  leased: key(':leased', 'zset', 'of a queue: numbers of items that were got with a lease, by its end (ms)'),
  deliveries: key(':deliveries', 'hash', 'of a queue: number -> "<deliveries> <item>" that was got with a lease'),
  changes: key(
    ':changes',
    'channel',
    'told "<version> <method>", and "<bytes> <argument>" on the next lines, of each write while somebody watches; or "gone"',
  ),
  line: key(':line:', 'zset', 'owners who wait for the same thing (its word follows), first come first'),
} as const satisfies Record<string, KeyRow>

/** On the nodes of `MANYHANDS_LOCK_NODES`, behind `mh:{<group>}:<tenant>`. */
export const lockNodeTable = {
  lock: key(
    ':lock:',
    'string',
    'mark of the grant that holds a lock (its "<manager>/<type>/<name>" follows), for as long as its lease runs',
  ),
} as const satisfies Record<string, KeyRow>

export const lockNodeKey = (group: string, tenant: string, lock: string): string =>
  `${groupBase(group)}:${tenant}${lockNodeTable.lock.suffix}${lock}`

export function sharingKey(group: string, tenant: string, name: keyof typeof sharingTable): string {
  return `${groupBase(group)}:${tenant}${sharingTable[name].suffix}`
}

export function managerKey(group: string, tenant: string, manager: string, name: keyof typeof managerTable): string {
  return `${groupBase(group)}:${tenant}:manager:${manager}${managerTable[name].suffix}`
}

export function objectKey(
  group: string,
  tenant: string,
  { manager, type, name }: { manager: string; type: string; name: string },
  key: keyof typeof objectTable,
): string {
  return `${groupBase(group)}:${tenant}:object:${manager}:${type}:${name}${objectTable[key].suffix}`
}

/** Told "<owner>" when a caller that waits at a door was handed what it waited for. */
export const doorChannel = (group: string, door: string): string => `${groupBase(group)}:door:${door}`

/** The tables as Lua text: the library of shared objects begins with it. */
export function objectLuaKeys(): string {
  const table = (rows: Record<string, KeyRow>) =>
    Object.entries(rows)
      .map(([name, { suffix }]) => `${name}='${suffix}'`)
      .join(',')
  return [
    `local SHARING_KEYS = {${table(sharingTable)}}`,
    `local MANAGER_KEYS = {${table(managerTable)}}`,
    `local OBJECT_KEYS = {${table(objectTable)}}`,
    'local BASE, TENANT',
    "local function locate() BASE = KEYS[1]; TENANT = BASE .. ':' .. ARGV[1] end",
    'local function sharing_key(name) return TENANT .. SHARING_KEYS[name] end',
    "local function manager_key(manager, name) return TENANT .. ':manager:' .. manager .. MANAGER_KEYS[name] end",
    "local function object_key(object, name) return TENANT .. ':object:' .. object.manager .. ':' .. object.type .. ':' .. object.name .. OBJECT_KEYS[name] end",
    "local function door_channel(door) return BASE .. ':door:' .. door end",
    "local function session_record(session) return TENANT .. ':session:' .. session end",
    "local function job_chunks(job) return TENANT .. ':job:' .. job .. ':chunks' end",
  ].join('\n')
}
