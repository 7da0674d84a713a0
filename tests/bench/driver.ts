import { createInterface } from 'node:readline'
import type { Command, Started } from './processes.ts'
import { start } from './processes.ts'

/** A program that takes measurements in its own process: one JSON line in (`{method, params}`), one JSON line out. */
export interface Driver {
  /** Rejects when the program fails, dies, or takes longer than `timeoutMs`; it is killed then. */
  call<T>(method: string, params: object, timeoutMs: number): Promise<T>
  stop(): Promise<void>
}

interface Reply {
  ok?: unknown
  error?: string
}

export async function startDriver(command: Command): Promise<Driver> {
  const program = await start({ ...command, pipeStdout: true })
  const replies = createInterface({ input: program.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return {
    call: (method, params, timeoutMs) => call(program, replies, { method, params }, timeoutMs),
    stop: () => program.stop(),
  }
}

async function call<T>(program: Started, replies: AsyncIterator<string>, request: object, timeoutMs: number): Promise<T> {
  program.child.stdin?.write(`${JSON.stringify(request)}\n`)
  let late = false
  const timer = setTimeout(() => {
    late = true
    program.child.kill('SIGKILL')
  }, timeoutMs)
  const line = await replies.next()
  clearTimeout(timer)
  if (late) throw new Error(`${program.name} did not answer ${JSON.stringify(request)} within ${timeoutMs} ms and was killed`)
  if (line.done) throw new Error(`${program.name} died: ${program.output()}`)
  const reply = JSON.parse(line.value) as Reply
  if (reply.error !== undefined) throw new Error(`${program.name}: ${reply.error}`)
  return reply.ok as T
}
