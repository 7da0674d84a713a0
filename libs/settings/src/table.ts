import { availableParallelism } from 'node:os'
import { limits } from '@manyhands/contracts'
import { type CommandLine, commandLine } from './command-line.ts'
import {
  absolutePath,
  bytes,
  cidrs,
  list,
  lockNodes,
  name,
  oneOf,
  type Parse,
  publicUrl,
  redisUrl,
  text,
  webhookSecret,
  wholeNumber,
} from './parse.ts'

/** One setting: the README's table is held equal to these by a test. */
export interface SettingRow<T = unknown> {
  name: string
  /** As it would be written in the environment, or a word about where it comes from. */
  default: string
  meaning: string
  parse: Parse<T>
  fallback: T
}

function row<T>(name: string, parse: Parse<T>, fallback: T, meaning: string, shown = String(fallback)): SettingRow<T> {
  return { name, default: shown, meaning, parse, fallback }
}

const port = wholeNumber(0, 65_535)
const [second, minute, hour] = [1000, 60_000, 3_600_000]
/** Behind the first try, which is made at once (Standard Webhooks). */
const tenSteps = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** Every setting. No MANYHANDS_ name may end in _PORT or _HOST: Kubernetes puts such names into the environment of every container. */
export const table = {
  port: row('PORT', port, 3000, 'Port of the API; 0 = a free one'),
  host: row('HOST', text, '127.0.0.1', 'Address the API and the health server of a worker listen on'),
  redisUrl: row(
    'REDIS_URL',
    redisUrl,
    'redis://127.0.0.1:6379',
    '`redis://`, `rediss://`, `unix:/path` or `redis+sentinel://host:port,host:port/master`; `npm start` and `manyhands dev` start a redis-server of their own when it is not set',
  ),
  functions: row(
    'MANYHANDS_FUNCTIONS',
    absolutePath,
    undefined,
    'Path of the functions: a module or a folder; `npm start` has its own, and refuses others',
    'none',
  ),
  exec: row<CommandLine | undefined>(
    'MANYHANDS_EXEC',
    commandLine,
    undefined,
    'Command that starts a child process of a worker, instead of Node with the functions: `python3 child.py`; it speaks the child protocol',
    'none',
  ),
  processes: row('MANYHANDS_PROCESSES', wholeNumber(1, 1024), availableParallelism(), 'Child processes of a worker', 'one a core'),
  processLimit: row(
    'MANYHANDS_PROCESS_LIMIT',
    wholeNumber(1, 10_000),
    64,
    'Processes of their own (`hands.process`) that a worker runs at once, beside its child processes',
  ),
  group: row('MANYHANDS_GROUP', name, 'default', 'Group of workers that serve the same functions: one queue'),
  log: row('MANYHANDS_LOG', oneOf(levels), 'info', `Least level that is logged: ${levels.join(', ')}`),
  healthPort: row('MANYHANDS_HEALTH', port, 0, 'Port of the health server of a worker; 0 = a free one'),
  build: row('MANYHANDS_BUILD', text, undefined, 'Name of the build, recorded with every result', 'a hash of the functions'),
  leaseMs: row(
    'MANYHANDS_LEASE_MS',
    wholeNumber(500, 600_000),
    30_000,
    'How long a task stays with a worker that has gone silent, in milliseconds',
  ),
  lockNodes: row<readonly string[]>(
    'MANYHANDS_LOCK_NODES',
    lockNodes,
    [],
    'URLs of 3 or 5 independent Redis that vote for locks, separated by commas; the same for every API and worker',
    'none: the Redis of the data says who has a lock',
  ),
  lockTtlMs: row(
    'MANYHANDS_LOCK_TTL_MS',
    wholeNumber(100, 3_600_000),
    60_000,
    'Longest lease of a lock where nodes vote, in milliseconds; for so long a node that has restarted does not vote',
  ),
  publicUrl: row<string | undefined>(
    'MANYHANDS_PUBLIC_URL',
    publicUrl,
    undefined,
    'Where callers reach the API: webhooks link to jobs and results there',
    'none: they have no links',
  ),
  webhookSecret: row<string | undefined>(
    'MANYHANDS_WEBHOOK_SECRET',
    webhookSecret,
    undefined,
    'Signs the webhooks of jobs that have neither a secret nor an endpoint: `whsec_` and 24 to 64 bytes in base64',
    'none',
  ),
  webhookAllow: row<readonly string[]>(
    'MANYHANDS_WEBHOOK_ALLOW',
    cidrs,
    [],
    'Ranges of addresses (CIDR, separated by commas) that webhooks may reach though they are inside, by http too and on any port; `npm start` and `manyhands dev` allow this machine when it is not set',
    'none',
  ),
  webhookHttp: row('MANYHANDS_WEBHOOK_HTTP', oneOf(['on', 'off']), 'off', 'Whether webhooks may go over http, on port 80'),
  webhookPorts: row<readonly number[]>(
    'MANYHANDS_WEBHOOK_PORTS',
    list(wholeNumber(1, 65_535), 'ports'),
    [443],
    'Ports that webhooks may be sent to, separated by commas',
  ),
  webhookDelaysMs: row<readonly number[]>(
    'MANYHANDS_WEBHOOK_DELAYS_MS',
    list(wholeNumber(1, 2_592_000_000), 'waits'),
    tenSteps,
    'Waits between the tries of a webhook, in milliseconds, separated by commas; a tenth is added or taken away at random',
    '5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h',
  ),
  jsonBodyBytes: row('MANYHANDS_BODY_BYTES', bytes, limits.jsonBody, 'Largest JSON body, in bytes'),
  itemBytes: row('MANYHANDS_ITEM_BYTES', bytes, limits.item, 'Largest input item, in bytes'),
  resultBytes: row('MANYHANDS_RESULT_BYTES', bytes, limits.item, 'Largest result of one item, in bytes'),
  items: row('MANYHANDS_ITEMS', wholeNumber(1, limits.items), limits.items, 'Most items of one job'),
  wholeResultBytes: row('MANYHANDS_WHOLE_RESULT_BYTES', bytes, 32 << 20, 'Largest answer of `/result`, in bytes'),
  openJobs: row('MANYHANDS_OPEN_JOBS', wholeNumber(1, 10_000_000), 100_000, 'Most jobs that have not ended, at one time'),
  depth: row('MANYHANDS_MAX_DEPTH', wholeNumber(0, 90), 8, 'How deep jobs may be submitted from inside jobs; 0 = not at all'),
  memoryMb: row(
    'MANYHANDS_MEMORY_MB',
    wholeNumber(16, 1 << 20),
    undefined,
    'Memory of one child process, in MiB; above it is killed',
    'memory / processes',
  ),
}

/** Read by the client library in the same environment; not ours, and no mistake. */
export const foreignNames = ['MANYHANDS_URL', 'MANYHANDS_API_KEY']
