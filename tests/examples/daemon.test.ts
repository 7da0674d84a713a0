import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessRecord } from '@manyhands/contracts'
import { eventually, startTestRedis, type TestRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'

const example = (name: string) => fileURLToPath(new URL(`../../examples/daemon/${name}`, import.meta.url))
let redis: TestRedis
let stack: TestStack

beforeAll(async () => {
  redis = await startTestRedis()
  stack = await startStack({ redisUrl: redis.url, settings: { MANYHANDS_FUNCTIONS: example('functions.ts') } })
})

afterAll(async () => {
  await stack.stop()
  await redis.stop()
})

/** As the example says; and a second more. */
const leaseMs = 2000

/** The example, once it has printed its line, and the daemon that it has started. */
async function run(): Promise<{ program: ChildProcess; ended: Promise<unknown>; daemon: ProcessRecord }> {
  const program = spawn(process.execPath, [example('daemon.ts')], {
    env: { MANYHANDS_URL: stack.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  program.stdout?.on('data', (chunk: Buffer) => (output += chunk))
  const ended = new Promise((resolve) => program.once('close', (code, signal) => resolve(code ?? signal)))
  await eventually(() => output === 'Working...\n', { timeoutMs: 10_000, describe: 'the line of the daemon' })
  const { processes } = await stack.json<{ processes: ProcessRecord[] }>('GET', '/v1/processes?state=running')
  const [daemon] = processes.filter((one) => one.daemon)
  return { program, ended, daemon: daemon as ProcessRecord }
}

const look = (id: string, wait = 0) => stack.json<ProcessRecord>('GET', `/v1/processes/${id}?wait=${wait}`)

test.each(['its end', 'kill -9'])("the seed's daemon goes with its program: %s", async (how) => {
  const other = await stack.json<ProcessRecord>('POST', '/v1/processes', { function: 'backgroundWorker' }, { prefer: 'wait=10' })
  const { program, ended, daemon } = await run()
  expect(daemon).toMatchObject({ name: 'Process-1', function: 'backgroundWorker', daemon: true })
  if (how === 'kill -9') program.kill('SIGKILL')
  expect(await ended).toBe(how === 'kill -9' ? 'SIGKILL' : 0)
  const from = performance.now()
  expect(await look(daemon.id, 10)).toMatchObject({ state: 'cancelled', exitCode: -15 })
  expect(performance.now() - from).toBeLessThan(leaseMs + 1000)
  // one that is no daemon runs on
  expect(await look(other.id)).toMatchObject({ state: 'running', daemon: false })
  await stack.json('POST', `/v1/processes/${other.id}/kill`)
})
