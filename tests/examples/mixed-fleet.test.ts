import { fileURLToPath } from 'node:url'
import { eventually } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { pythonChild, pythonFleet } from './python-fleet.ts'

const node = { MANYHANDS_FUNCTIONS: fileURLToPath(new URL('../../examples/functions', import.meta.url)), MANYHANDS_BUILD: 'node' }
const python = { MANYHANDS_EXEC: pythonChild, MANYHANDS_BUILD: 'python' }
const { hands, stack } = pythonFleet([node, python])

test('a function of one name is run by the workers of both languages', async () => {
  const numbers = Array.from({ length: 300 }, (_, i) => i)
  const handle = hands().mapAsync('square', numbers, { chunkSize: 1 })
  expect(await handle.get()).toEqual(numbers.map((x) => x * x))
  expect((await handle.job()).builds.toSorted()).toEqual(['node', 'python'])
})

test('an item that comes to a worker without its function fails, and says why', async () => {
  const job = await stack().json('POST', '/v1/pools/default/map', { function: 'count_primes', items: Array(200).fill(10), chunkSize: 1 })
  const { errors, items } = await stack().ended(job.id)
  expect(items).toMatchObject({ total: 200, done: 200 })
  const message = 'This worker has no function count_primes: all workers of a group have to serve the same'
  expect(errors).toMatchObject([{ name: 'FunctionNotLoadedError', code: 'function-not-loaded', message }])
  expect(errors[0]?.count).toBeLessThan(200)
})

test('the worker that joins them warns of it', async () => {
  await eventually(() => stack().workers[1]?.output().includes('the workers of a group serve different functions') ?? false)
})
