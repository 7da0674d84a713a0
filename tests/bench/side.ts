import type { Driver } from './driver.ts'
import type { RedisServer } from './redis-server.ts'

/** One competitor, up and ready: its services run, its driver takes measurements. */
export interface Side extends Driver {
  name: string
  redis?: RedisServer
}

/** How a competitor is started. Throws NotInstalled when the machine does not have it. */
export interface Peer {
  name: string
  start(): Promise<Side>
}

export class NotInstalled extends Error {
  override readonly name = 'NotInstalled'
}

interface Stoppable {
  stop(): Promise<void>
}

/** Things that were started one after another and stop in the opposite order, however far the starting came. */
export class Stack {
  readonly #parts: Stoppable[] = []

  async add<T extends Stoppable>(starting: Promise<T>): Promise<T> {
    const part = await starting
    this.#parts.push(part)
    return part
  }

  async stop(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.stop()
  }
}

/** Builds a side; when that fails half way, what stood already is stopped. */
export async function assemble(name: string, build: (stack: Stack) => Promise<{ driver: Driver; redis?: RedisServer }>): Promise<Side> {
  const stack = new Stack()
  try {
    const { driver, ...rest } = await build(stack)
    return { name, ...rest, call: (method, params, timeoutMs) => driver.call(method, params, timeoutMs), stop: () => stack.stop() }
  } catch (error) {
    await stack.stop()
    throw error
  }
}
