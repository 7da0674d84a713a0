import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Faults, Link } from './fault-link.ts'

/** A TCP proxy on loopback between a client and a server, which fails on demand. Faults hold for all connections, old and new. */
export interface FaultProxy {
  /** The target's URL with the proxy's host and port. */
  readonly url: string
  readonly port: number
  /** Client connections that are open now. */
  readonly connections: number
  /** Resets every open connection. New ones are taken. */
  cut(): void
  /** Open connections stay, but nothing passes any more, in both directions, until `heal`. New ones are taken and hear nothing. */
  blackHole(): void
  /** Every chunk of bytes waits that long, in milliseconds, in both directions; 0 ends it. */
  delay(ms: number): void
  /** Refuses new connections (reset at once) and resets the open ones, until `heal`: the server is down. */
  down(): void
  /** Ends blackHole, delay and down; what a black hole held back is forwarded. */
  heal(): void
  /**
   * The next request that matches is forwarded and done, but its reply is lost and the connection reset. Resolves when that has happened.
   * @param matches sees the bytes of one write of the client; default: any
   */
  loseReply(matches?: (request: Buffer) => boolean): Promise<void>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type Target = { path: string } | { host: string; port: number }

/** Connections of one proxy. */
class Links {
  readonly faults: Faults = { mode: 'pass', delayMs: 0, trap: undefined }
  readonly open = new Set<Link>()
  readonly #target: Target

  constructor(target: Target) {
    this.#target = target
  }

  accept(client: Socket): void {
    if (this.faults.mode === 'down') {
      client.resetAndDestroy()
      return
    }
    const link = new Link(client, connect(this.#target), this.faults)
    this.open.add(link)
    link.ended.then(() => this.open.delete(link))
  }

  cut(): void {
    for (const link of this.open) link.reset()
  }

  pump(): void {
    for (const link of this.open) link.pump()
  }
}

/** @param targetUrl `redis://`, `http://` or any URL with host and port, or `unix:/path` of a Redis */
export async function faultProxy(targetUrl: string): Promise<FaultProxy> {
  const links = new Links(targetOf(targetUrl))
  const server = createServer((client) => links.accept(client))
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  const close = () => closeAll(server, links)
  return {
    url: urlThrough(targetUrl, port),
    port,
    get connections() {
      return links.open.size
    },
    cut: () => links.cut(),
    blackHole: () => {
      links.faults.mode = 'black-hole'
    },
    delay: (ms) => {
      links.faults.delayMs = ms
    },
    down: () => {
      links.faults.mode = 'down'
      links.cut()
    },
    heal: () => {
      Object.assign(links.faults, { mode: 'pass', delayMs: 0 })
      links.pump()
    },
    loseReply: (matches = () => true) =>
      new Promise((sprung) => {
        links.faults.trap = { matches, sprung }
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function targetOf(url: string): Target {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length) }
  const { hostname, port, protocol } = new URL(url)
  return { host: hostname, port: port === '' ? defaultPort(protocol) : Number(port) }
}

const defaultPort = (protocol: string): number => (protocol === 'redis:' ? 6379 : 80)

function urlThrough(target: string, port: number): string {
  if (target.startsWith('unix:')) return `redis://127.0.0.1:${port}`
  const url = new URL(target)
  url.host = `127.0.0.1:${port}`
  return url.href.replace(/\/$/, '')
}

async function closeAll(server: Server, links: Links): Promise<void> {
  const closed = new Promise((done) => server.close(done))
  links.faults.mode = 'pass'
  links.cut()
  await closed
}
