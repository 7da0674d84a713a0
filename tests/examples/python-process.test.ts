import { fileURLToPath } from 'node:url'
import { createProcessPool } from '@manyhands/process-pool'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { needPython } from './python-fleet.ts'

const child = fileURLToPath(new URL('../../examples/python-worker/child.py', import.meta.url))

beforeAll(needPython)

/** A process of its own that runs one call of examples/python-worker, to its end. */
async function runOwn(name: string, args: unknown[]) {
  const limits = { maxResultBytes: 1 << 20, memoryBytes: 1 << 30 }
  const command = ['python3', '-B', child] as const
  const pool = createProcessPool({ processes: 1, command, worker: 'w', host: 'h', build: '', ...limits })
  onTestFinished(() => pool.stop())
  let output = ''
  const call = { job: 'default~own', attempt: 1, function: name, mode: 'star', wire: 'plain' } as const
  const input = Buffer.from(`${JSON.stringify(args)}\n`)
  const own = pool.spawn({ name: 'Process-1', call, input, onOutput: (_, bytes) => (output += bytes) })
  return { ...(await own.ended), output }
}

test('a process of its own ends as the program would: 0, 1 for an exception, or by the signal', async () => {
  expect(await runOwn('word_statistics', ['a b'])).toMatchObject({ exitCode: 0, output: 'counted 2 words\n' })
  expect(await runOwn('reciprocal', [0])).toMatchObject({ exitCode: 1, error: { name: 'ZeroDivisionError' } })
  expect(await runOwn('crash', [-1])).toMatchObject({ exitCode: -9, signal: 'SIGKILL' })
})
