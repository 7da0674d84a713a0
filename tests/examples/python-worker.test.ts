import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RemoteError } from '@manyhands/client'
import { eventually } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Command } from '../e2e/command.ts'
import { pythonChild, pythonFleet, pythonWorker } from './python-fleet.ts'

const { hands, python, stack } = pythonFleet([{ MANYHANDS_EXEC: pythonChild, MANYHANDS_PROCESSES: '2' }])
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('it did not reject')),
    (error: unknown) => error,
  )

test('a map from TypeScript runs in Python', async () => {
  await using pool = hands().pool({ processes: 2 })
  expect(await pool.map('square', [1, 2, 3, 4, 5])).toEqual([1, 4, 9, 16, 25])
  const numbers = Array.from({ length: 20_000 }, (_, i) => i)
  expect(await pool.map('square', numbers)).toEqual(numbers.map((x) => x * x))
  expect(await pool.map('count_primes', [10, 100, 1000, 10_000])).toEqual([4, 25, 168, 1229])
  expect(await pool.apply('word_statistics', ['the cat and the hat', 1])).toEqual({ words: 5, different: 4, common: [['the', 2]] })
})

test('imap gives them one by one, errors in their places', async () => {
  const seen: unknown[] = []
  const iterator = hands().imap('reciprocal', [2, 0, 4])
  for (let i = 0; i < 3; i++)
    seen.push(
      await iterator.next().then(
        ({ value }) => value,
        (error: Error) => error.name,
      ),
    )
  expect(seen).toEqual([0.5, 'ZeroDivisionError', 0.25])
})

test('an exception has the name of its class, its message and its traceback', async () => {
  const error = await rejection(hands().map('reciprocal', [1, 0, 2]))
  expect(error).toBeInstanceOf(RemoteError)
  expect(error).toMatchObject({ name: 'ZeroDivisionError', message: 'division by zero', code: 'function-error', index: 1 })
  expect(error).toHaveProperty('cause.stack', expect.stringMatching(/functions\.py", line \d+, in reciprocal/))
})

test('a function that kills its process fails alone', async () => {
  const job = await stack().json('POST', '/v1/pools/default/map', { function: 'crash', items: [1, 2, -3, 4], chunkSize: 4 })
  expect(await stack().ended(job.id)).toMatchObject({ state: 'failed', items: { total: 4, done: 4, failed: 1 } })
  expect(await stack().json('GET', `/v1/jobs/${job.id}/result`)).toMatchObject({
    values: [1, 2, null, 4],
    errors: [{ index: 2, error: { code: 'worker-crashed', signal: 'SIGKILL' } }],
  })
})

test('what a function prints is shown with its item', async () => {
  await hands().apply('word_statistics', ['one two'])
  await eventually(() => stack().workers[0]?.output().includes('word_statistics[0] counted 2 words') ?? false)
})

test('a function that computes is cancelled within a second', async () => {
  const handle = hands().applyAsync('count_primes', [2_000_000_000])
  await eventually(async () => (await handle.job()).state === 'running')
  const from = performance.now()
  await handle.cancel()
  await eventually(async () => (await handle.job()).stoppedAt !== null)
  expect(performance.now() - from).toBeLessThan(1000)
})

test('the functions are listed with their policy', async () => {
  const { functions } = await stack().json<{ functions: { name: string; policy: object }[] }>('GET', '/v1/functions')
  expect(functions.map(({ name }) => name)).toEqual(['count_primes', 'crash', 'reciprocal', 'square', 'word_statistics'])
  expect(functions[0]?.policy).toEqual({ timeoutMs: 60_000 })
})

test('the client in Python maps in order, applies, and raises what was raised', async () => {
  const program = `
print(pool.map("square", range(5)))
print(pool.map("word_statistics", ["a b a"], 1))
print(pool.apply("square", [12]))
try:
    pool.map("reciprocal", [1, 0, 2])
except ZeroDivisionError as error:
    print(type(error).__name__, error, error.code, error.index)
try:
    pool.apply("reciprocal", ["x"])
except RemoteError as error:
    print(type(error).__name__, isinstance(error, TypeError))
try:
    pool.map("sqare", [1])
except RemoteError as error:
    print(error.code, error)
`
  expect((await python(program)).trim().split('\n')).toEqual([
    '[0, 1, 4, 9, 16]',
    "[{'words': 3, 'different': 2, 'common': [['a', 2]]}]",
    '144',
    'ZeroDivisionError division by zero function-error 1',
    'TypeError True',
    'function-not-found no worker has ever registered a function sqare; did you mean square?',
  ])
})

test('the lines of the README print what they say', async () => {
  const readme = await readFile(join(pythonWorker, 'README.md'), 'utf8')
  const [, program = ''] = /```python\nfrom client import Pool\n\n(.*?)```/s.exec(readme) ?? []
  expect(await python(program.replace(/^pool = .*$/m, ''))).toBe('[1, 4, 9, 16, 25]\nfunction-error division by zero\n')
})

/** `manyhands worker` with words, in the example's folder. */
function workerOf(...words: string[]): Command {
  const { redisUrl, group } = stack()
  const env = { REDIS_URL: redisUrl, MANYHANDS_GROUP: group, MANYHANDS_PROCESSES: '1', PYTHONDONTWRITEBYTECODE: '1' }
  const command = new Command(['worker', ...words], { cwd: pythonWorker, env })
  onTestFinished(() => command.clear())
  return command
}

test('the command of the README starts a worker', async () => {
  const before = (await stack().json<{ workers: [] }>('GET', '/v1/workers')).workers.length
  await workerOf('--exec', 'python3 child.py').shows(/^worker http/m)
  const { workers } = await stack().json<{ workers: { functions: string[] }[] }>('GET', '/v1/workers')
  expect(workers.length).toBe(before + 1)
  expect(workers[0]?.functions).toContain('count_primes')
})

test.each([
  ['sh -c "echo hello; exit 3"', 'The process ended with exit code 3 while it loaded the functions'],
  [
    'sh -c "printf hello_world >&4; sleep 60"',
    'What the process said while it loaded the functions is not the child protocol (docs/child-protocol.md)',
  ],
  ['no-such-program', 'The process for the functions cannot be started: spawn no-such-program ENOENT'],
  ['python3 "child.py', 'MANYHANDS_EXEC is "python3 \\"child.py"; meant is a command whose quotes are closed'],
])('--exec %j is refused in one line', async (exec, line) => {
  const command = workerOf('--exec', exec)
  expect(await command.exited).toBe(1)
  expect(command.stderr).toContain(line)
})
