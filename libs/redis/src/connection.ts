import { Redis, type RedisOptions } from 'ioredis'

/** How a connection is used decides how it waits. */
export type Purpose =
  /** Requests of callers: fail within `commandTimeout` and never queue while Redis is away. */
  | 'request'
  /** The supervisor's scripts: wait for Redis to come back, but never for an answer that was lost. */
  | 'store'
  /** Functions' calls on shared objects: wait for the first connection; one whose answer is lost fails at once, and is sent again by who made it. */
  | 'function'
  /** BullMQ's worker: waits for Redis to come back, and blocks in commands. */
  | 'worker'
  /** Pub/sub. */
  | 'subscriber'

const shared: RedisOptions = {
  // a resent script could run twice: retrying is ours (objects.md: "Each operation once")
  autoResendUnfulfilledCommands: false,
  retryStrategy: (times) => Math.min(50 * times, 1000),
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  connectTimeout: 5000,
  keepAlive: 10_000,
}
const byPurpose: Record<Purpose, RedisOptions> = {
  request: { commandTimeout: 5000, enableOfflineQueue: false, maxRetriesPerRequest: 0 },
  store: { commandTimeout: 10_000, maxRetriesPerRequest: null },
  function: { commandTimeout: 5000, maxRetriesPerRequest: 0 },
  worker: { maxRetriesPerRequest: null },
  // wakeups subscribes again itself, so that it knows when
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: false },
}

/** Where Redis is, as ioredis takes it: `redis://`, `rediss://`, `unix:/path` or `redis+sentinel://host:port,host:port/master`. */
export function redisOptions(url: string): RedisOptions {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length).replace(/^\/\/+/, '/') }
  if (url.startsWith('redis+sentinel://')) return sentinelOptions(url)
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    ...login(username, password),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === 'rediss:' ? { tls: { servername: hostname } } : {}),
  }
}

/** Where a URL points, for people: hosts and ports or a path, and never its user and password. */
export function redisPlace(url: string): string {
  const { path, host, port, sentinels } = redisOptions(url)
  return path ?? sentinels?.map((one) => `${one.host}:${one.port}`).join(', ') ?? `${host}:${port}`
}

function sentinelOptions(url: string): RedisOptions {
  const match = /^redis\+sentinel:\/\/(?:([^:@]*):([^@]*)@)?([^/]+)\/([^/]+)$/.exec(url)
  if (!match) throw new Error(`REDIS_URL is ${url}; meant is redis+sentinel://host:port,host:port/master-name`)
  const [, username = '', password = '', hosts = '', name = ''] = match
  const sentinels = hosts.split(',').map((text) => {
    const [host = '', port = '26379'] = text.split(':')
    return { host, port: Number(port) }
  })
  return { sentinels, name, ...login(username, password) }
}

function login(username: string, password: string): RedisOptions {
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  }
}

/** A connection. `onError` hears every trouble of it; without a listener ioredis would print them. */
export function connectRedis(url: string, purpose: Purpose, onError: (error: Error) => void): Redis {
  const options: RedisOptions = { ...redisOptions(url), ...shared, ...byPurpose[purpose] }
  const redis = new Redis(options)
  redis.on('error', onError)
  return redis
}

/** Ends a connection for good, whether Redis answers or not. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'end') return
  // between two tries there is no connection that could end: ioredis only drops the timer of the next try
  if (redis.status === 'reconnecting') return redis.disconnect(false)
  const ended = new Promise<void>((resolve) => redis.once('end', () => resolve()))
  redis.disconnect(false)
  await ended
}

const unreachable =
  /^(Connection is closed|Stream isn't writeable|Command timed out|Reached the max retries|connect ECONNREFUSED|connect ENOENT|read ECONNRESET)/
const notReady = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)/

/** What an error of a command means for a caller: Redis is away, Redis is full, or something else. */
export function redisTrouble(error: unknown): 'unavailable' | 'full' | undefined {
  if (!(error instanceof Error)) return undefined
  if (unreachable.test(error.message) || notReady.test(error.message)) return 'unavailable'
  return /(^| )OOM /.test(error.message) ? 'full' : undefined
}
