import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job } from '@manyhands/contracts'
import { eventually } from '@manyhands/testing'
import { afterEach, expect, it } from 'vitest'
import { fleet } from './fleet.ts'

const own = fleet()
const program = fileURLToPath(new URL('./session-program.ts', import.meta.url))

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A client of its own process: opens a session of a lease of 1 s, binds a job to it, prints the job's id, then does as it is told. */
async function client(then: 'compute' | 'wait' | 'leave') {
  const child = spawn(process.execPath, [program, own.stack.url, then], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const id = await eventually(() => /^job (\S+)$/m.exec(output)?.[1] ?? false, { timeoutMs: 10_000 })
  return { child, exited, id, output: () => output }
}
const look = (id: string) => own.stack.json<Job>('GET', `/v1/jobs/${id}`)
const stopped = (id: string) => eventually(async () => (await look(id)).stoppedAt !== null, { timeoutMs: 10_000 })

it('a client that is killed takes along what is bound to its session, within the lease and a second', async () => {
  const { child, id } = await client('wait')
  await eventually(async () => (await look(id)).state === 'running')
  child.kill('SIGKILL')
  const from = performance.now()
  await stopped(id)
  expect(performance.now() - from).toBeLessThan(2000)
  expect((await look(id)).state).toBe('cancelled')
})

it('a client that computes loses nothing: its heart beats in a thread of its own', async () => {
  const { child, id, output } = await client('compute')
  await eventually(() => output().includes('computed'), { timeoutMs: 15_000 })
  expect((await look(id)).finishedAt).toBeNull()
  child.kill('SIGKILL')
  await stopped(id)
})

it('the heart keeps no program alive', async () => {
  const { exited, id } = await client('leave')
  await exited
  await stopped(id)
}, 20_000)
