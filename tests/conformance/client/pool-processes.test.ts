import { JobCancelledError, RemoteError, ValueError } from '@manyhands/client'
import { eventually } from '@manyhands/testing'
import { expect, it } from 'vitest'
import { fleet, rejection } from './fleet.ts'

const own = fleet()
const hands = () => own.hands()

it('the initializer is called once in each process, with initArgs, before its first item', async () => {
  await using pool = hands().pool({ processes: 2, initializer: 'setBase', initArgs: [100] })
  expect(await pool.map('aboveBase', [1, 2, 3, 4], { chunkSize: 1 })).toEqual([101, 102, 103, 104])
  expect(await hands().map('aboveBase', [1])).toEqual([1])
})

it('rule 8: a throwing initializer ends in its error, soon, for every call', async () => {
  await using pool = hands().pool({ processes: 1, initializer: 'failsToPrepare', initArgs: ['odd'] })
  const errors = await Promise.all([rejection(pool.map('square', [1, 2, 3])), rejection(pool.apply('square', [1]))])
  for (const error of errors) {
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'OddError', code: 'initializer-failed', message: '3 is odd' })
  }
})

it('rule 9: maxTasksPerChild counts chunks, and the initializer runs again in each replacement', async () => {
  await using pool = hands().pool({ processes: 1, initializer: 'setBase', initArgs: [7], maxTasksPerChild: 1 })
  const pids = await pool.map('processOf', [1, 2, 3, 4, 5, 6], { chunkSize: 2 })
  expect(new Set(pids).size).toBe(3)
  expect([pids[0], pids[2], pids[4]]).toEqual([pids[1], pids[3], pids[5]])
  expect(await pool.apply('aboveBase', [1])).toBe(8)
})

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

it('an exception in withPool terminates, a normal end closes and joins', async () => {
  let handle: { get(): Promise<unknown> } | undefined
  const body = hands().withPool({ processes: 1 }, (pool) => {
    handle = pool.applyAsync('burn', [60_000])
    throw new RangeError('mine')
  })
  expect(await rejection(body)).toMatchObject({ message: 'mine' })
  expect(await rejection(handle?.get() ?? Promise.resolve())).toBeInstanceOf(JobCancelledError)
  expect(await hands().withPool({ processes: 1 }, (pool) => pool.apply('square', [4]))).toBe(16)
})

it('a live pool is resized, paused and resumed', async () => {
  await using pool = hands().pool({ processes: 1 })
  await pool.apply('square', [1])
  await pool.resize(2)
  await pool.pause()
  expect(await pool.status()).toMatchObject({ processes: 2, paused: true, state: 'open' })
  const handle = pool.applyAsync('square', [3])
  await pool.resume()
  expect(await handle.get()).toBe(9)
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
