import type { Socket } from 'node:net'

/** What is wrong with a proxy now; all its links look here. */
export interface Faults {
  mode: 'pass' | 'black-hole' | 'down'
  delayMs: number
  trap: Trap | undefined
}

/** Waits for a request whose reply is to be lost. */
interface Trap {
  matches: (request: Buffer) => boolean
  sprung: () => void
}

/** One client connection of a proxy and its twin to the server. What passes keeps its order, whatever the faults do meanwhile. */
export class Link {
  readonly ended: Promise<void>
  readonly #client: Socket
  readonly #server: Socket
  readonly #faults: Faults
  /** Bytes and endings under way, oldest first. */
  readonly #queue: { due: number; send: () => void }[] = []
  #timer: NodeJS.Timeout | undefined
  /** Set while a reply is awaited that must be lost. */
  #caught: Trap | undefined

  constructor(client: Socket, server: Socket, faults: Faults) {
    this.#client = client
    this.#server = server
    this.#faults = faults
    client.setNoDelay(true).on('data', (bytes) => this.#ask(bytes))
    server.setNoDelay(true).on('data', (bytes) => this.#answer(bytes))
    this.#joinEndings(client, server)
    this.#joinEndings(server, client)
    this.ended = Promise.all([closed(client), closed(server)]).then(() => clearTimeout(this.#timer))
  }

  /** Resets the client's connection; what is under way is lost. */
  reset(): void {
    this.#queue.length = 0
    this.#client.resetAndDestroy()
    this.#server.destroy()
  }

  /** Sends what is due. Called again whenever the faults change. */
  pump(): void {
    clearTimeout(this.#timer)
    if (this.#faults.mode === 'black-hole') return
    const now = performance.now()
    while (this.#queue[0] && this.#queue[0].due <= now) this.#queue.shift()?.send()
    const next = this.#queue[0]
    if (next) this.#timer = setTimeout(() => this.pump(), next.due - now)
  }

  #joinEndings(socket: Socket, twin: Socket): void {
    // the twin hears of it by the close that follows
    socket.on('error', () => undefined)
    socket.once('end', () => this.#pass(() => twin.end()))
    socket.once('close', () => this.#pass(() => twin.destroy()))
  }

  #ask(bytes: Buffer): void {
    const { trap } = this.#faults
    if (trap?.matches(bytes)) {
      this.#faults.trap = undefined
      this.#caught = trap
    }
    this.#pass(() => this.#server.write(bytes))
  }

  #answer(bytes: Buffer): void {
    if (!this.#caught) {
      this.#pass(() => this.#client.write(bytes))
      return
    }
    this.reset()
    this.#caught.sprung()
    this.#caught = undefined
  }

  #pass(send: () => void): void {
    this.#queue.push({ due: performance.now() + this.#faults.delayMs, send })
    this.pump()
  }
}

/** Not by `once` of node:events, which rejects when the socket had an error before. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))
