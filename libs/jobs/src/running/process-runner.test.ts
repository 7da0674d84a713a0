import { processPool } from '@manyhands/contracts'
import { heartbeat, openJobs, readOutput, registerFunctions, signalProcess, storeContext, viewJob } from '@manyhands/job-store'
import { blockOfLines, type Task } from '@manyhands/planning'
import type { OwnCall, OwnEnd, OwnProcess } from '@manyhands/process-pool'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { eventually, namespace, testRedis } from '@manyhands/testing'
import { createWakeups } from '@manyhands/wakeups'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type JobsContext, jobLimits } from '../context.ts'
import { stoppedError, toProcess } from '../process-record.ts'
import { createProcessRunner } from './process-runner.ts'
import type { Runner } from './runner.ts'

const server = testRedis()
const group = namespace()
const troubles: string[] = []
const onError = (error: Error) => void troubles.push(error.message)
let context: JobsContext
beforeAll(async () => {
  const redis = connectRedis(server.url, 'store', onError)
  const wakeups = createWakeups(connectRedis(server.url, 'subscriber', onError), group, onError)
  await wakeups.start()
  const store = storeContext(redis, group, 'default')
  context = { store, queue: createTaskQueue(redis, group, onError), wakeups, limits: jobLimits, onDue: () => undefined, onError }
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{"attempts":5}}' }])
  await heartbeat(store, 'w', '{"processLimit":1}', 1)
})
afterAll(async () => {
  await context.wakeups.stop()
  await context.queue.stop()
  await closeRedis(context.store.redis)
  expect(troubles).toEqual([])
})

/** A process that does what the test says. */
class FakeProcess implements OwnProcess {
  readonly pid = 77
  readonly call: OwnCall
  readonly heard: string[] = []
  readonly #end = Promise.withResolvers<OwnEnd>()
  readonly ended = this.#end.promise

  constructor(call: OwnCall) {
    this.call = call
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.heard.push(name)
  }

  cancel(): void {
    this.heard.push('cancel')
  }

  end(exitCode = 0, signal: NodeJS.Signals | null = null): void {
    this.#end.resolve({ exitCode, signal, error: undefined, isLost: false, itemUs: 1, cpuUs: 1 })
  }
}

function runner(worker = 'w'): { runner: Runner; spawned: FakeProcess[] } {
  const spawned: FakeProcess[] = []
  const pool = {
    spawn(call: OwnCall) {
      if (worker === 'stopped') throw new Error('The process pool is stopped')
      const process = new FakeProcess(call)
      spawned.push(process)
      return process
    },
  }
  const made = createProcessRunner(context, { pool, build: 'b', worker, host: 'h', recheckMs: 100 })
  made.start()
  onTestFinished(() => made.stop())
  return { runner: made, spawned }
}

let count = 0
async function opened(): Promise<{ id: string; task: Task }> {
  const id = `${group}~p${++count}`
  const fields = { kind: 'process', name: 'P', function: 'f', wire: 'plain', results: 'keep', resultTtlMs: 60_000, attempts: 1 }
  const job = { id, fields, blocks: [blockOfLines([Buffer.from('[1]')])], ended: true, hold: false, loaderMs: 0 }
  const reply = await openJobs(context.store, processPool, [job], { maxLive: 10 })
  const [task] = reply.type === 'ok' ? reply.tasks : []
  if (!task) throw new Error('nothing was handed out')
  return { id, task }
}
async function look(id: string) {
  const view = await viewJob(context.store, id)
  if (!view) throw new Error(`no job ${id}`)
  return toProcess(view)
}
const first = async (spawned: FakeProcess[]) => (await eventually(() => spawned[0] ?? false)) as FakeProcess
const ask = (id: string, signal: 'SIGTERM' | 'SIGKILL') => signalProcess(context.store, id, signal, stoppedError(signal, -15))

test('claimed, begun, spawned, settled; what it wrote is kept', async () => {
  const { id, task } = await opened()
  const { runner: own, spawned } = runner()
  const run = own.run(task)
  const process = await first(spawned)
  expect(process.call).toMatchObject({ name: 'P', call: { function: 'f', mode: 'star' } })
  await eventually(async () => (await look(id)).pid === 77)
  process.call.onOutput('stdout', Buffer.from('hello\n'))
  process.end()
  await run
  expect(await look(id)).toMatchObject({ state: 'succeeded', exitCode: 0, worker: 'w', host: 'h' })
  expect(await readOutput(context.store, id, 0)).toEqual([{ stream: 'stdout', end: 6, bytes: Buffer.from('hello\n') }])
})

test('a task that comes twice to its worker is one process: the later claim settles it', async () => {
  const { id, task } = await opened()
  const { runner: own, spawned } = runner()
  const run = own.run(task)
  const process = await first(spawned)
  const again = own.run(task)
  // longer than a check of the claims
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect([spawned.length, process.heard]).toEqual([1, []])
  process.end()
  await Promise.all([run, again])
  expect(await look(id)).toMatchObject({ state: 'succeeded', exitCode: 0 })
})

test('one that was begun elsewhere is lost, and the one who has it stops it', async () => {
  const { id, task } = await opened()
  const [gone, next] = [runner('gone'), runner('next')]
  const run = gone.runner.run(task)
  const process = await first(gone.spawned)
  await next.runner.run(task)
  expect(next.spawned).toEqual([])
  expect(await look(id)).toMatchObject({ state: 'lost', exitCode: null, error: { code: 'process-lost' } })
  await eventually(() => process.heard.includes('cancel'))
  process.end(-9, 'SIGKILL')
  await run
  expect((await look(id)).state).toBe('lost')
})

test('one that was claimed and not begun is begun by the next', async () => {
  const { id, task } = await opened()
  await context.store.scripts.claim('default', task.pool, task.id, 'gone', id, '0', 1)
  const { runner: own, spawned } = runner()
  const run = own.run(task)
  ;(await first(spawned)).end()
  await run
  expect((await look(id)).state).toBe('succeeded')
})

test('signals reach it once each; ended by one that was asked for it is cancelled', async () => {
  const { id, task } = await opened()
  const { runner: own, spawned } = runner()
  const run = own.run(task)
  const process = await first(spawned)
  await ask(id, 'SIGTERM')
  await eventually(() => process.heard.length === 1)
  await ask(id, 'SIGKILL')
  await eventually(() => process.heard.length === 2)
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(process.heard).toEqual(['SIGTERM', 'SIGKILL'])
  process.end(-9, 'SIGKILL')
  await run
  expect(await look(id)).toMatchObject({ state: 'cancelled', exitCode: -9, error: { message: 'the process was killed' } })
})

test('a signal that nobody told is found by the check', async () => {
  const { id, task } = await opened()
  const { runner: own, spawned } = runner()
  const run = own.run(task)
  const process = await first(spawned)
  await context.store.redis.hset(`mh:{${group}}:default:job:${id}`, 'signals', '1 SIGTERM')
  await eventually(() => process.heard.length === 1)
  process.end(0)
  await run
  // it has handled the signal
  expect(await look(id)).toMatchObject({ state: 'succeeded', exitCode: 0 })
})

test('a signal between the claim and the start: it is never started', async () => {
  const { id, task } = await opened()
  await context.store.scripts.claim('default', task.pool, task.id, 'gone', id, '0', 1)
  await ask(id, 'SIGTERM')
  const { runner: own, spawned } = runner()
  await own.run(task)
  expect(spawned).toEqual([])
  expect(await look(id)).toMatchObject({ state: 'cancelled', exitCode: -15, pid: null })
})

test('a worker that stops before it has started it has lost it', async () => {
  const { id, task } = await opened()
  await runner('stopped').runner.run(task)
  expect(await look(id)).toMatchObject({ state: 'lost', error: { message: 'The process was lost: its worker stopped' } })
})

test('a waiting one that is asked to end never runs', async () => {
  const { id, task } = await opened()
  await ask(id, 'SIGTERM')
  const { runner: own, spawned } = runner()
  await own.run(task)
  expect([spawned.length, (await look(id)).state]).toEqual([0, 'cancelled'])
})
