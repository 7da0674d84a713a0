import { JobCancelledError, ValueError } from '@manyhands/client'
import { eventually } from '@manyhands/testing'
import { expect, it } from 'vitest'
import { fleet, rejection } from './fleet.ts'

const own = fleet()
const hands = () => own.hands()

it('terminate kills what computes within a second, and its calls reject', async () => {
  const pool = hands().pool({ processes: 1 })
  const handle = pool.applyAsync('burn', [60_000])
  await eventually(async () => (await pool.status()).running === 1)
  const from = performance.now()
  await pool.terminate()
  await pool.join()
  expect(performance.now() - from).toBeLessThan(1000)
  expect(await rejection(handle.get())).toBeInstanceOf(JobCancelledError)
})

it('an exception in withPool kills what computes', async () => {
  let handle: { get(): Promise<unknown> } | undefined
  const body = hands().withPool({ processes: 1 }, (pool) => {
    handle = pool.applyAsync('burn', [60_000])
    throw new RangeError('mine')
  })
  expect(await rejection(body)).toMatchObject({ message: 'mine' })
  expect(await rejection(handle?.get() ?? Promise.resolve())).toBeInstanceOf(JobCancelledError)
})

it.each([
  [{ processes: 0 }, 'processes must be 1 or more, not 0'],
  [{ maxTasksPerChild: 1.5 }, 'maxTasksPerChild must be 1 or more, not 1.5'],
  [{ initArgs: [1] }, 'there is none'],
  [{ initializer: 'setBase', initArgs: 5 }, 'initArgs is an array'],
])('%j is refused before anything is sent', (options, message) => {
  expect(() => hands().pool(options as object)).toThrow(ValueError)
  expect(() => hands().pool(options as object)).toThrow(message)
})
