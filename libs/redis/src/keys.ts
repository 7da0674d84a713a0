import { processPool } from '@manyhands/contracts/ids'

/**
 * Every key name, for TypeScript and for Lua (docs/redis-keys.md is held equal to these tables by a test).
 * All keys of a group share its hash tag, so a group lives in one slot of a Redis Cluster. `{base}` is `mh:{<group>}`, `{tenant}` is `{base}:<tenant>`.
 */
export interface KeyRow {
  suffix: string
  type: 'hash' | 'zset' | 'set' | 'list' | 'string' | 'stream' | 'channel'
  meaning: string
}
export const key = (suffix: string, type: KeyRow['type'], meaning: string): KeyRow => ({ suffix, type, meaning })

/** Behind `mh:{<group>}`. */
export const groupTable = {
  functions: key(':functions', 'hash', 'function name -> its record as JSON; outlives workers'),
  functionTimes: key(':function-times', 'hash', 'function name -> "<mean microseconds of an item> <items measured>"'),
  workers: key(':workers', 'hash', 'worker id -> "<processes> <its record as JSON>"'),
  workersSeen: key(':workers-seen', 'zset', 'worker id by the time of its last heartbeat (ms)'),
  capacity: key(':capacity', 'string', 'processes of all live workers together'),
  tick: key(':tick', 'string', 'when the next round of the reconciler is due (ms)'),
  live: key(':live', 'set', '"<tenant> <job>" of jobs that have not ended'),
  agenda: key(
    ':agenda',
    'zset',
    'what falls due, by time (ms): "loader|deadline|reader|start|sweep|then|cascade|orphan|lost <tenant> <job>", "schedule|session <tenant> <id>", "retry <tenant> <job> <chunk>" and "feed <tenant> <pool>"',
  ),
  pausedFunctions: key(':paused-functions', 'string', 'names of functions that are handed out no more, a space around each'),
  busyPools: key(':busy-pools', 'set', '"<tenant> <pool>" of pools that have tasks out or jobs in their ring'),
  outbox: key(
    ':outbox',
    'zset',
    '"<tenant> <job> <succeeded|failed|cancelled|progress>" that webhooks are to tell, by when somebody is to see to it (ms)',
  ),
  deliveriesDue: key(':deliveries-due', 'zset', '"<tenant> <delivery>" that has not come to its end, by when it is overdue (ms)'),
  wake: key(
    ':wake',
    'channel',
    'told "<tenant> <job>" when a job has news, with " progress" behind it when an item said how far it is, and " end" when it ended; a small part may follow on the next lines (ADR 8)',
  ),
  control: key(
    ':control',
    'channel',
    'told "cancel <tenant> <job>" when running work of a job must stop, "signal <tenant> <job> <n> <name>" for a process, "resume <task>" when a parked task may go on, "due <ms>" when a round of the reconciler is due sooner, and "outbox" when a webhook is to tell something',
  ),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>`. */
export const tenantTable = {
  jobs: key(':jobs', 'zset', 'job id by creation time (ms), but for processes'),
  processes: key(':processes', 'zset', 'ids of processes by creation time (ms)'),
  schedules: key(':schedules', 'hash', 'id -> the schedule as JSON: when, what, paused, next'),
  pools: key(':pools', 'set', 'names of pools that were made or used'),
  webhookEndpoints: key(':webhook-endpoints', 'hash', 'id -> the endpoint as JSON, with its secrets'),
  webhookWishes: key(
    ':webhook-wishes',
    'string',
    'what endpoints wish to hear of all jobs: "end" or "progress"; absent when there are none',
  ),
  deliveries: key(':deliveries', 'zset', 'ids of deliveries by creation time (ms), the last 10,000'),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:pool:<name>`. */
export const poolTable = {
  record: key(
    '',
    'hash',
    'createdAt, version (changes with the initializer); as asked: processes, initializer, initArgs, initWire, maxTasksPerChild, priority, rateMax, ratePerMs, paused; ranked, parks, rateTokens, rateAt: where it stands; state once it is closed or terminated',
  ),
  live: key(':live', 'set', 'ids of jobs that have not ended'),
  ring: key(
    ':ring',
    'list',
    'ids of jobs that have items to hand out, in turn; those of another level than 0 (201 x depth + priority) at `:ring:<level>`',
  ),
  levels: key(':levels', 'zset', 'levels other than 0 that have a ring'),
  out: key(':out', 'hash', 'task id -> its slices (MessagePack): one unit of credit each, but for those that are parked'),
  parked: key(
    ':parked',
    'zset',
    'ids of tasks whose function waits for nested work: 0, then its number in the line of those that want to go on',
  ),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:job:<id>`. */
export const jobTable = {
  record: key('', 'hash', 'the job: what was asked, state, counts, usage; its fields are listed below'),
  index: key(':index', 'zset', '"<block>:<first item>:<items>:<text bytes>" by first item'),
  left: key(':left', 'hash', 'block -> items of it that are not settled; at 0 the block goes'),
  block: key(':block:', 'string', 'one block: LF-ended lines, then a uint32 byte offset every 16 lines (the number of the block follows)'),
  chunks: key(':chunks', 'hash', 'chunk -> its live record (MessagePack): attempt, generation, tries, todo ...'),
  again: key(':again', 'list', 'chunks that are ready for another try'),
  origin: key(':origin', 'string', 'of a retry: the original index of each item, as 8-byte doubles'),
  parts: key(':parts', 'hash', 'part -> header line and values, one a line'),
  order: key(':order', 'zset', '"<part>:<from>:<to>:<bytes>" by first item'),
  log: key(':log', 'zset', 'the same by items that were settled before it'),
  failed: key(':failed', 'zset', 'failed items as JSON by index: error, attempts, ms, input'),
  failures: key(':failures', 'list', 'indexes of failed items, in the order in which they failed'),
  tails: key(':tails', 'hash', 'failed item -> the end of what it wrote: 4 KiB, of the first 1,024 that wrote anything'),
  progress: key(':progress', 'hash', 'chunk that runs -> what its item said last of its progress, as JSON: index, at, value'),
  output: key(
    ':output',
    'stream',
    'of a process: the last that it wrote, by how many bytes it had written then: stdout or stderr, and bytes',
  ),
  children: key(':children', 'zset', 'ids of live jobs that its items have submitted, by item'),
  faults: key(':faults', 'hash', '[name, code, message] -> "<count> <first index>"'),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:session:<id>`. */
export const sessionTable = {
  record: key('', 'hash', 'leaseMs, createdAt, expiresAt (ms)'),
  jobs: key(':jobs', 'set', 'ids of live jobs that end with it'),
  ended: key(
    ':ended',
    'stream',
    'what happened with its jobs, in order: job and state (and part, if the result of an apply is small), or item, or progress; the last 100,000, for a minute after its end',
  ),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:webhook:<id>`. */
export const webhookTable = {
  delivery: key(
    ':delivery',
    'hash',
    'event, type, job, endpoint, url, secret, body; state, try, step (in the schedule), attempts as JSON, createdAt, nextAt; for a day once it is delivered, else two weeks after its end',
  ),
  ofJob: key(':of-job', 'zset', 'ids of deliveries of the job <id> by creation time (ms), for two weeks'),
} as const satisfies Record<string, KeyRow>

/** Behind `mh:{<group>}:<tenant>:idempotency:<key>`. */
export const idempotencyRow = key(':idempotency:', 'string', '"<fingerprint> <job id>", for 24 h')

/** `mh:{<group>}`: also BullMQ's prefix. */
export const groupBase = (group: string): string => `mh:{${group}}`

export function groupKey(group: string, name: keyof typeof groupTable): string {
  return groupBase(group) + groupTable[name].suffix
}

export function tenantKey(group: string, tenant: string, name: keyof typeof tenantTable): string {
  return `${groupBase(group)}:${tenant}${tenantTable[name].suffix}`
}

export function poolKey(group: string, tenant: string, pool: string, name: keyof typeof poolTable): string {
  return `${groupBase(group)}:${tenant}:pool:${pool}${poolTable[name].suffix}`
}

export function jobKey(group: string, tenant: string, job: string, name: keyof typeof jobTable): string {
  return `${groupBase(group)}:${tenant}:job:${job}${jobTable[name].suffix}`
}

export function sessionKey(group: string, tenant: string, session: string, name: keyof typeof sessionTable): string {
  return `${groupBase(group)}:${tenant}:session:${session}${sessionTable[name].suffix}`
}

/** @param id of a delivery; of a job for `ofJob` */
export function webhookKey(group: string, tenant: string, id: string, name: keyof typeof webhookTable): string {
  return `${groupBase(group)}:${tenant}:webhook:${id}${webhookTable[name].suffix}`
}

/** The name tables as Lua text: each script begins with it, so Lua builds no key by hand. */
export function luaKeys(): string {
  const table = (rows: Record<string, KeyRow>) =>
    Object.entries(rows)
      .map(([name, { suffix }]) => `${name}='${suffix}'`)
      .join(',')
  return [
    `local GROUP_KEYS = {${table(groupTable)}}`,
    `local TENANT_KEYS = {${table(tenantTable)}}`,
    `local POOL_KEYS = {${table(poolTable)}}`,
    `local JOB_KEYS = {${table(jobTable)}}`,
    `local SESSION_KEYS = {${table(sessionTable)}}`,
    `local WEBHOOK_KEYS = {${table(webhookTable)}}`,
    `local PROCESS_POOL = '${processPool}'`,
    'local BASE = KEYS[1]',
    'local function group_key(name) return BASE .. GROUP_KEYS[name] end',
    "local function tenant_key(tenant, name) return BASE .. ':' .. tenant .. TENANT_KEYS[name] end",
    "local function pool_key(tenant, pool, name) return BASE .. ':' .. tenant .. ':pool:' .. pool .. POOL_KEYS[name] end",
    "local function job_key(tenant, job, name) return BASE .. ':' .. tenant .. ':job:' .. job .. JOB_KEYS[name] end",
    "local function session_key(tenant, session, name) return BASE .. ':' .. tenant .. ':session:' .. session .. SESSION_KEYS[name] end",
    "local function webhook_key(tenant, id, name) return BASE .. ':' .. tenant .. ':webhook:' .. id .. WEBHOOK_KEYS[name] end",
    // BullMQ's own key of a queued task
    "local function queued_key(task) return BASE .. ':tasks:' .. task end",
    `local function idempotency_key(tenant, key) return BASE .. ':' .. tenant .. '${idempotencyRow.suffix}' .. key end`,
  ].join('\n')
}
