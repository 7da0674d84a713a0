import { type AsyncResult, JobCancelledError, ValueError } from '@manyhands/client'
import { expect, it } from 'vitest'
import { counting, numbers, outcomes, rejection } from '../fleet.ts'
import * as functions from '../functions.ts'
import type { Ask } from './rules.ts'

export function callRules(hands: Ask): void {
  it('constants, rows, keywords, and functions by themselves', async () => {
    expect(await hands().map('scale', [1, 2], { args: [10, 5] })).toEqual([15, 25])
    expect(
      await hands().starmap('scale', [
        [1, 10],
        [2, 10, 5],
      ]),
    ).toEqual([10, 25])
    expect(await hands().map(functions.square, new Set([3]))).toEqual([9])
    expect(await hands().apply('greet', ['Alice'])).toBe('Hello Alice')
    expect(await hands().apply('greet', ['Alice'], { greeting: 'Hi' })).toBe('Hi Alice')
    expect(await hands().applyAsync('greet', ['Bob'], { greeting: 'Ho' }).get()).toBe('Ho Bob')
    expect(await hands().apply('now')).toBeGreaterThan(0)
  })

  it('a large map is streamed', async () => {
    expect(await hands().map('square', counting(60_000))).toEqual(numbers(60_000).map(functions.square))
  })

  it('what the API refuses is refused', async () => {
    expect(await rejection(hands().map('sqare' as 'square', [1]))).toMatchObject({
      name: 'RequestError',
      status: 404,
      code: 'function-not-found',
      message: expect.stringContaining('square'),
    })
    const refused = { code: 'invalid-parameter', errors: [{ pointer: '/attempts' }] }
    expect(await rejection(hands().map('square', [1], { attempts: 0 }))).toMatchObject(refused)
    const twice = hands()
    const id = `twice-${crypto.randomUUID()}`
    await twice.apply('square', [1], null, { id })
    expect(await rejection(twice.apply('square', [1], null, { id }))).toMatchObject({ code: 'job-id-taken' })
  })

  it('maxFailures ends the job, or is kept', async () => {
    const error = await rejection(hands().mapAsync('even', numbers(100), { chunkSize: 1, maxFailures: 0 }).get())
    expect(error).toMatchObject({ name: 'JobError', code: 'too-many-failures', cause: { name: 'OddError' } })
    const handle = hands().mapAsync('even', numbers(10), { maxFailures: '50%' })
    expect(await rejection(handle.get())).toMatchObject({ name: 'OddError' })
    expect(await handle.job()).toMatchObject({ state: 'succeeded', items: { failed: 5 } })
  })

  it('cancel(), a signal and terminate() end what runs', async () => {
    const cancelled = hands().mapAsync('nap', [60_000])
    await cancelled.id
    await cancelled.cancel()
    expect(await rejection(cancelled.get())).toBeInstanceOf(JobCancelledError)
    expect(await cancelled.job()).toMatchObject({ state: 'cancelled' })
    const controller = new AbortController()
    const iterator = hands().imap('square', counting(1e12), { signal: controller.signal })
    await iterator.next()
    controller.abort('enough')
    expect((await outcomes(iterator)).at(-1)).toBe('enough')
    const pool = hands().pool({ processes: 1 })
    const terminated = pool.mapAsync('nap', [60_000, 60_000], { chunkSize: 1 })
    await terminated.id
    await pool.terminate()
    await pool.join()
    expect(await rejection(terminated.get())).toBeInstanceOf(JobCancelledError)
  })

  it('of a job that ended early, imap gives what comes before the first gap, imapUnordered all', async () => {
    const seen = async (how: 'imap' | 'imapUnordered') => {
      const pool = hands().pool({ processes: 2 })
      const iterator = pool[how]('nap', [1, 60_000, 2, 3], { chunkSize: 1 })
      const items: (number | string)[] = []
      if (how === 'imap') items.push((await iterator.next()).value ?? -1)
      else for (let i = 0; i < 3; i++) items.push((await iterator.next()).value ?? -1)
      await pool.terminate()
      return [...items.toSorted(), ...(await outcomes(iterator))]
    }
    expect(await seen('imap')).toEqual([1, expect.stringContaining('terminated')])
    expect(await seen('imapUnordered')).toEqual([1, 2, 3, expect.stringContaining('terminated')])
  })

  it('a pool closes, joins and forgets; join waits for calls and not for readers', async () => {
    const pool = hands().pool({ processes: 2 })
    const handles = [pool.mapAsync('wait', [50]), pool.mapAsync('even', [1])]
    const iterator = pool.imap('square', counting(3000))
    expect(await iterator.next()).toEqual({ done: false, value: 0 })
    pool.close()
    expect(() => pool.mapAsync('square', [1])).toThrow(ValueError)
    await pool.join()
    expect(handles.map((handle) => handle.ready() && handle.successful())).toEqual([true, false])
    expect(await outcomes(iterator)).toEqual(numbers(3000).slice(1).map(functions.square))
    expect(await rejection(pool.status())).toMatchObject({ code: 'not-found' })
  })

  it('await using closes and joins, also when its block throws; withPool terminates then', async () => {
    const handles: AsyncResult<number>[] = []
    const left = async () => {
      await using pool = hands().pool({ processes: 1 })
      handles.push(pool.applyAsync('wait', [100]))
      throw new Error('mine')
    }
    expect(await rejection(left())).toMatchObject({ message: 'mine' })
    expect([handles[0]?.ready(), handles[0]?.successful()]).toEqual([true, true])
    expect(await hands().withPool({ processes: 1 }, (pool) => pool.apply('square', [4]))).toBe(16)
    const terminated = hands().withPool({ processes: 1 }, (pool) => {
      handles.push(pool.applyAsync('nap', [60_000]))
      throw new Error('mine')
    })
    expect(await rejection(terminated)).toMatchObject({ message: 'mine' })
    expect(await rejection(Promise.resolve(handles[1]?.get()))).toBeInstanceOf(JobCancelledError)
  })

  it('terminate() after everything has ended is harmless', async () => {
    const pool = hands().pool({ processes: 1 })
    expect(await pool.apply('square', [2])).toBe(4)
    await pool.terminate()
    await pool.join()
  })

  it('a live pool is resized, paused and resumed', async () => {
    await using pool = hands().pool({ processes: 1 })
    await pool.apply('square', [1])
    await pool.resize(2)
    await pool.pause()
    expect(await pool.status()).toMatchObject({ processes: 2, paused: true, state: 'open' })
    const handle = pool.applyAsync('square', [3])
    await handle.id
    expect(handle.ready()).toBe(false)
    await pool.resume()
    expect(await handle.get()).toBe(9)
  })
}
