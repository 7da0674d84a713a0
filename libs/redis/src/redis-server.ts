import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'

/** The Redis server could not be started, or the folder is in use; the message is fit for a terminal. */
export class RedisServerError extends Error {
  override readonly name = 'RedisServerError'
}

/** Where a private Redis listens: the same one over restarts. */
export interface RedisAddress {
  /** `unix:/path` or `redis://:password@127.0.0.1:port`. */
  url: string
  /** The settings that say so. */
  config: RedisConfig
}

/** Settings of redis.conf, one value each. */
export type RedisConfig = Record<string, string>

export interface RedisServerOptions {
  /** Working folder: data, socket. Made when it is not there. */
  dir: string
  /** Default: a fresh one in `dir`. */
  address?: RedisAddress
  /** More settings. */
  config?: RedisConfig
  /** Longest wait for "ready" (an append-only file is read before), in milliseconds. */
  readyTimeoutMs?: number
}

/** A redis-server process of our own. It ends with this process, however this process ends. */
export interface RedisServer {
  readonly url: string
  readonly address: RedisAddress
  readonly pid: number
  /** Resolves when the process is gone, with how it went and its last lines. */
  readonly exited: Promise<string>
  /** SIGTERM (Redis syncs its file), after 5 s SIGKILL. Idempotent. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** Linux takes 108 bytes, macOS 104, a NUL at the end included. */
const longestSocketPath = 103
const keptLogLines = 20
const stopTimeoutMs = 5000

/** Starts a redis-server on a unix socket in `dir`, or, when that path is too long, on a free loopback port with a password. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const dir = resolve(options.dir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const address = options.address ?? (await freshAddress(dir))
  const child = spawnServer(dir, { ...baseConfig(), ...address.config, ...options.config })
  const log = tailOf(child)
  const exited = exitOf(child, log.lines)
  if (child.pid === undefined) throw new RedisServerError(await exited)
  const unwatched = watchOver(child.pid, exited)
  const stop = async (signal: NodeJS.Signals) => {
    await endServer(child, exited, signal)
    await unwatched
  }
  try {
    await becomesReady(log.ready, exited, options.readyTimeoutMs ?? 60_000)
  } catch (error) {
    await stop('SIGKILL')
    throw error
  }
  return { url: address.url, address, pid: child.pid, exited, stop: () => stop('SIGTERM'), kill: () => stop('SIGKILL') }
}

function baseConfig(): RedisConfig {
  // its process title would overwrite the environment by which a test, or an operator, finds whose process this is
  return { daemonize: 'no', 'set-proc-title': 'no', save: '', 'maxmemory-policy': 'noeviction' }
}

async function freshAddress(dir: string): Promise<RedisAddress> {
  const socket = join(dir, 'redis.sock')
  if (Buffer.byteLength(socket) <= longestSocketPath) {
    return { url: `unix:${socket}`, config: { port: '0', unixsocket: socket, unixsocketperm: '700' } }
  }
  // a port is open to every user of the machine, a socket in our folder is not
  const password = randomBytes(24).toString('hex')
  const port = await freePort()
  return { url: `redis://:${password}@127.0.0.1:${port}`, config: { bind: '127.0.0.1', port: String(port), requirepass: password } }
}

/** A loopback port that was free a moment ago. Systems hand out none of these by themselves: nobody is given it in the meantime. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const port = randomInt(10_000, 32_000)
    if (await isFree(port)) return port
  }
  throw new RedisServerError('20 ports of 127.0.0.1 from 10000 to 32000 were tried, and all are taken')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listens = new Promise<boolean>((done) => server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)))
  if (!(await listens)) return false
  await new Promise((done) => server.close(done))
  return true
}

function spawnServer(dir: string, config: RedisConfig): ChildProcess {
  // detached: Ctrl-C in a terminal reaches the whole process group, and Redis must outlive what still writes to it
  const child = spawn('redis-server', ['--dir', dir, '-'], { cwd: dir, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  // a server that ends before it reads its settings says why on its exit
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(redisConf(config))
  return child
}

function redisConf(config: RedisConfig): string {
  return Object.entries(config)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}\n`)
    .join('')
}

function tailOf(child: ChildProcess): { lines: string[]; ready: Promise<void> } {
  const lines: string[] = []
  const ready = Promise.withResolvers<void>()
  const read = (text: string) => {
    lines.push(...text.split('\n').filter((line) => line.trim() !== ''))
    lines.splice(0, Math.max(0, lines.length - keptLogLines))
    if (/ready to accept connections/i.test(text)) ready.resolve()
  }
  child.stdout?.setEncoding('utf8').on('data', read)
  child.stderr?.setEncoding('utf8').on('data', read)
  return { lines, ready: ready.promise }
}

function exitOf(child: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((done) => {
    child.once('error', (error: NodeJS.ErrnoException) => done(spawnFailure(error)))
    child.once('close', (code, signal) => done([`redis-server ended (${signal ?? `exit code ${code}`})`, ...lines].join('\n  ')))
  })
}

function spawnFailure(error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `redis-server could not be started: ${error.message}`
  return 'redis-server is not on PATH: install Redis (Debian: apt-get install redis-server), or set REDIS_URL to a Redis that runs'
}

async function becomesReady(ready: Promise<void>, exited: Promise<string>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((done) => {
    timer = setTimeout(() => done(`redis-server was not ready after ${timeoutMs} ms`), timeoutMs)
  })
  const trouble = await Promise.race([ready, exited, late])
  clearTimeout(timer)
  if (trouble !== undefined) throw new RedisServerError(trouble)
}

/**
 * A shell that holds a pipe from this process: when this process dies, even by SIGKILL, the pipe ends and the shell ends the server.
 * Node cannot ask the kernel for that (PR_SET_PDEATHSIG). Resolves when the server has ended and the shell with it.
 */
async function watchOver(pid: number, serverExited: Promise<string>): Promise<void> {
  const script = ['-c', 'read _; kill "$1"', 'redis-watcher', String(pid)]
  const shell = spawn('/bin/sh', script, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const gone = new Promise((done) => shell.once('close', done))
  // at once, so that it can never signal another process that was given the same id
  await serverExited
  shell.kill('SIGKILL')
  await gone
}

async function endServer(child: ChildProcess, exited: Promise<string>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await exited
  clearTimeout(timer)
}
