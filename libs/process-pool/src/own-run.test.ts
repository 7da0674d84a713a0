import { expect, test } from 'vitest'
import type { Behaviour } from './fixtures/functions.ts'
import { startPool } from './fixtures/pool.ts'
import type { Call, OwnProcess, ProcessPool } from './index.ts'

interface Spawned extends OwnProcess {
  /** What it wrote, each piece with its stream. */
  written: string[]
}

function spawn(pool: ProcessPool, name: string, args: unknown[], call: Partial<Call> = {}): Spawned {
  const written: string[] = []
  const onOutput = (stream: string, bytes: Buffer) => void written.push(`${stream}: ${bytes}`)
  const whole: Call = { job: 'default~job', attempt: 1, mode: 'star', wire: 'plain', ...call, function: name }
  const process = pool.spawn({ call: whole, input: Buffer.from(`${JSON.stringify(args)}\n`), name: 'Process-1', onOutput })
  return Object.assign(process, { written })
}
const act = (pool: ProcessPool, behaviour: Behaviour, call?: Partial<Call>) => spawn(pool, 'act', [behaviour], call)
/** It has been told its call: what comes from now on finds the function at work. */
async function atWork(process: Spawned): Promise<void> {
  while (process.written.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

test.for([
  ['ok', { do: 'ok', value: 1 }, 0, undefined],
  ['a result that is none', { do: 'cycle' }, 0, undefined],
  ['a result that is too large', { do: 'big', size: 2 << 20 }, 0, undefined],
  ['throw', { do: 'throw', text: 'no' }, 1, 'function-error'],
  ['a rejection that nobody handles', { do: 'reject', text: 'no', value: 1 }, 1, 'function-error'],
  ['exit(0)', { do: 'exit', size: 0 }, 0, undefined],
  ['exit(42)', { do: 'exit', size: 42 }, 42, 'worker-crashed'],
  ['abort', { do: 'abort' }, -6, 'worker-crashed'],
  ['SIGKILL', { do: 'kill' }, -9, 'worker-crashed'],
] as [string, Behaviour, number, string | undefined][])('%s', async ([, behaviour, exitCode, code]) => {
  const pool = await startPool()
  const process = act(pool, behaviour)
  expect(process.pid).toBeGreaterThan(0)
  const { error, ...end } = await process.ended
  expect(end).toMatchObject({ exitCode, isLost: false })
  expect(error?.code).toBe(code)
  if (code === 'worker-crashed') expect(error).toMatchObject({ exitCode, at: { worker: 'w1', attempt: 1 } })
})

test('too much memory and too much time end it as they end items', async () => {
  const pool = await startPool({ memoryBytes: 200 << 20 })
  const [memory, time] = [act(pool, { do: 'memory', size: 8 << 20 }), act(pool, { do: 'hang' }, { timeoutMs: 200 })]
  expect(await memory.ended).toMatchObject({ exitCode: -9, error: { code: 'out-of-memory', exitCode: -9 } })
  expect(await time.ended).toMatchObject({ exitCode: -9, error: { code: 'timeout', message: 'The item ran longer than 200 ms' } })
})

test('a function that is not there, and functions that do not load, are exit code 1', async () => {
  const pool = await startPool()
  expect(await spawn(pool, 'nowhere', []).ended).toMatchObject({ exitCode: 1, error: { code: 'function-not-loaded' } })
})

test('signals: SIGTERM alone, SIGKILL, and a cancel that aborts first', async () => {
  const pool = await startPool()
  const [asked, killed] = [act(pool, { do: 'hang' }), act(pool, { do: 'hang' })]
  asked.signal('SIGTERM')
  killed.signal('SIGKILL')
  expect(await asked.ended).toMatchObject({ exitCode: -15, signal: 'SIGTERM' })
  expect(await killed.ended).toMatchObject({ exitCode: -9, signal: 'SIGKILL' })
  killed.signal('SIGTERM')
  killed.cancel()
  const never = spawn(pool, 'never', [])
  never.cancel()
  expect((await never.ended).exitCode).toBe(-15)
})

test('what it writes comes as bytes, in order, and as lines with its name', async () => {
  const pool = await startPool()
  const process = spawn(pool, 'logs', [5])
  await process.ended
  expect(process.written).toEqual(['stdout: resized {"width":5}\n', 'stderr: odd { huge: 1n }\n'])
  expect(pool.lines).toEqual([
    { label: 'Process-1', stream: 'stdout', text: 'resized {"width":5}' },
    { label: 'Process-1', stream: 'stderr', text: 'odd { huge: 1n }' },
  ])
})

test('it stands beside the slots, and goes with the pool', async () => {
  const pool = await startPool({ processes: 1 })
  const seat = await pool.seat()
  const [first, second] = [act(pool, { do: 'log', text: 'here', value: 1 }), spawn(pool, 'never', [])]
  expect((await first.ended).exitCode).toBe(0)
  await atWork(first)
  expect(pool.busy).toBe(1)
  seat.release()
  await pool.stop()
  expect(await second.ended).toMatchObject({ isLost: true })
  expect(() => act(pool, { do: 'nothing' })).toThrow('The process pool is stopped')
})
