import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type RedisConfig, RedisServerError, startRedisServer } from './redis-server.ts'

export interface EmbeddedRedisOptions {
  /** Folder of its data, for example `.manyhands/redis`. One process at a time uses it. */
  dir: string
  /** Whether data outlives the process: an append-only file, synced once a second. Default true. */
  aof?: boolean
  /** Longest wait until the append-only file is read, in milliseconds. Default 60 s. */
  readyTimeoutMs?: number
}

export interface EmbeddedRedis {
  readonly url: string
  readonly pid: number
  /** Resolves when Redis is gone, asked for or not, with its last lines. */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

/**
 * A private Redis for one machine. It ends with this process (redis-server.ts), and its folder belongs to one process at a time:
 * a second one gets RedisServerError with the first one's pid. A server that a crash left behind all the same is ended first.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const dir = resolve(options.dir)
  const lock = await lockFolder(dir)
  try {
    await endLeftover(dir)
    const server = await startRedisServer({
      dir,
      config: persistence(options.aof ?? true),
      readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
    })
    await writeFile(noteIn(dir), JSON.stringify({ owner: process.pid, url: server.url }), { mode: 0o600 })
    return { url: server.url, pid: server.pid, exited: server.exited, stop: () => stopAll(server.stop, dir, lock) }
  } catch (error) {
    await unlock(lock)
    throw error
  }
}

async function stopAll(stopServer: () => Promise<void>, dir: string, lock: Server | undefined): Promise<void> {
  await stopServer()
  await rm(noteIn(dir), { force: true })
  await unlock(lock)
}

const persistence = (aof: boolean): RedisConfig => ({ appendonly: aof ? 'yes' : 'no', appendfsync: 'everysec' })

/** Who uses the folder, and where its Redis listens: read only to tell about it, the lock decides. */
const noteIn = (dir: string): string => join(dir, 'owner.json')

interface Note {
  owner: number
  url: string
}

async function readNote(dir: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(noteIn(dir), 'utf8')) as Note
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** An abstract unix socket: the kernel frees the name with the process, so a crash leaves no stale lock. Linux alone has them; elsewhere there is no lock. */
async function lockFolder(dir: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return undefined
  const name = `\0manyhands-redis-${createHash('sha256').update(dir).digest('hex')}`
  const server = createServer((socket) => socket.destroy())
  try {
    await new Promise<void>((done, fail) => server.once('error', fail).listen(name, done))
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new RedisServerError(await inUse(dir))
  }
}

async function inUse(dir: string): Promise<string> {
  const note = await readNote(dir)
  const who = note ? `process ${note.owner}` : 'another process'
  return `the embedded Redis in ${dir} is in use by ${who}: stop that one, or start in another folder`
}

async function unlock(lock: Server | undefined): Promise<void> {
  if (lock) await new Promise((done) => lock.close(done))
}

const goneWithinMs = 10_000

/** Our folder, but a Redis answers there: its owner and its watcher were both killed, or it is about to end. */
async function endLeftover(dir: string): Promise<void> {
  const note = await readNote(dir)
  const deadline = Date.now() + goneWithinMs
  while (note && (await shutDown(note.url))) {
    if (Date.now() > deadline) throw new RedisServerError(`a Redis that an earlier run left behind in ${dir} does not end`)
    await delay(20)
  }
}

/** Asks the Redis at this address to end, and waits for its socket to close. False when nothing answers there. */
function shutDown(url: string): Promise<boolean> {
  const { password, ...target } = addressOf(url)
  return new Promise((done) => {
    const socket = connect(target, () => socket.end(`${password === '' ? '' : `AUTH ${password}\r\n`}SHUTDOWN NOSAVE\r\n`))
    socket.setTimeout(goneWithinMs, () => socket.destroy())
    socket.once('error', () => done(false))
    socket.once('close', () => done(true))
    socket.resume()
  })
}

function addressOf(url: string): { path: string; password: string } | { host: string; port: number; password: string } {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length), password: '' }
  const { hostname, port, password } = new URL(url)
  return { host: hostname, port: Number(port), password }
}
