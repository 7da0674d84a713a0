import {
  type AsyncResult,
  type Hands,
  JobCancelledError,
  ManyhandsTimeoutError,
  MaybeEncodingError,
  RemoteError,
  ValueError,
} from '@manyhands/client'
import { expect, it } from 'vitest'
import { counting, type Functions, numbers, outcomes, rejection } from './fleet.ts'
import * as functions from './functions.ts'

/** The rules of multiprocessing that a client can see: of a fleet, and of what stands in for one in unit tests. */
export function describeRules(hands: () => Hands<Functions>): void {
  it('rule 1: results come in the order of the items, whatever the chunk size', async () => {
    for (const chunkSize of [undefined, 1, 7, 1000]) {
      expect(await hands().map('square', numbers(100), { chunkSize })).toEqual(numbers(100).map(functions.square))
    }
  })

  it('rule 2: a failing item is thrown by its next(), and the iteration goes on', async () => {
    for (const chunkSize of [undefined, 3]) {
      expect(await outcomes(hands().imap('even', numbers(6), { chunkSize }))).toEqual([0, '1 is odd', 2, '3 is odd', 4, '5 is odd'])
    }
    expect((await outcomes(hands().imapUnordered('even', counting(4)))).toSorted()).toEqual([0, '1 is odd', 2, '3 is odd'])
  })

  it('rule 3: map throws the failure of the lowest index, after every item has run', async () => {
    const handle = hands().mapAsync('even', numbers(50), { chunkSize: 10 })
    const error = await rejection(handle.get())
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'OddError', message: '1 is odd', code: 'function-error', index: 1, odd: 1, seen: new Date(0) })
    expect(error).toMatchObject({ schema: { $ref: '#/odd' }, jobId: await handle.id })
    expect(error).toHaveProperty('cause.stack', expect.stringContaining('functions.ts'))
    const { state, items, errors } = await handle.job()
    expect([state, items, errors.length]).toEqual(['failed', { total: 50, done: 50, failed: 25 }, 16])
  })

  it('rule 4: chunkSize below 1 is a ValueError', async () => {
    for (const chunkSize of [0, -1, 1.5]) expect(await rejection(hands().map('square', [1], { chunkSize }))).toBeInstanceOf(ValueError)
    expect(() => hands().imap('square', [1], { chunkSize: 0 })).toThrow(ValueError)
  })

  it('rule 5: imap starts without any next()', async () => {
    const seen: number[] = []
    function* source(): Generator<number> {
      for (const x of [1, 2]) {
        seen.push(x)
        yield x
      }
    }
    const iterator = hands().imap('square', source())
    await iterator.id
    expect(seen).toEqual([1, 2])
    expect(await outcomes(iterator)).toEqual([1, 4])
  })

  it('rule 5: input that throws ends the iteration at that place', async () => {
    function* source(): Generator<number> {
      yield* counting(1000)
      throw new Error('the disk is full')
    }
    expect(await outcomes(hands().imap('square', source()))).toEqual([...numbers(1000).map(functions.square), 'the disk is full'])
    expect(await rejection(hands().map('square', source()))).toMatchObject({ message: 'the disk is full' })
  })

  it('rule 5: an endless source is read to a bound, and closed when the iteration is left', async () => {
    let closed = false
    const iterator = hands().imap(
      'square',
      counting(1e12, () => (closed = true)),
    )
    let count = 0
    for await (const value of iterator) {
      expect(value).toBe(count ** 2)
      if (++count === 20_000) break
    }
    expect(closed).toBe(true)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('rule 6: an AsyncResult is asked in time, and again', async () => {
    const handle = hands().mapAsync('wait', [300])
    expect(() => handle.successful()).toThrow(ValueError)
    for (const timeout of [0, -1, 0.01]) expect(await rejection(handle.get(timeout))).toBeInstanceOf(ManyhandsTimeoutError)
    expect(await handle.wait(0)).toBeUndefined()
    expect([await handle.get(), await handle.get(0), handle.ready(), handle.successful()]).toEqual([[300], [300], true, true])
  })

  it('rule 7: callbacks run once, before ready()', async () => {
    const seen: unknown[] = []
    const good = hands().mapAsync('square', [1, 2], { callback: (values) => seen.push(values, good.ready()) })
    await good.wait()
    const bad: AsyncResult<number> = hands().applyAsync('even', [1], null, {
      errorCallback: (error) => seen.push((error as Error).name, bad.ready()),
    })
    await bad.wait()
    expect(seen).toEqual([[1, 4], false, 'OddError', false])
  })

  it('rule 8: a throwing initializer ends in its error, for every call', async () => {
    await using pool = hands().pool({ processes: 1, initializer: 'failsToPrepare', initArgs: ['odd'] })
    const errors = await Promise.all([rejection(pool.map('square', [1, 2, 3])), rejection(pool.apply('square', [1]))])
    for (const error of errors) expect(error).toMatchObject({ name: 'OddError', code: 'initializer-failed', message: '3 is odd' })
  })

  it('rule 9: the initializer runs before the first item', async () => {
    await using pool = hands().pool({ processes: 2, initializer: 'setBase', initArgs: [100], maxTasksPerChild: 1 })
    expect(await pool.map('aboveBase', [1, 2, 3, 4], { chunkSize: 1 })).toEqual([101, 102, 103, 104])
  })

  it('rule 10: a result that cannot be sent is a MaybeEncodingError, an argument a ValueError', async () => {
    const error = await rejection(hands().apply('cycle', [1]))
    expect(error).toBeInstanceOf(MaybeEncodingError)
    expect(error).toMatchObject({ code: 'result-not-serializable', message: 'The result contains itself: JSON cannot hold a cycle' })
    expect(await rejection(hands().map('identity', [() => 1]))).toBeInstanceOf(ValueError)
    expect(await outcomes(hands().imap('identity', [1, Symbol('s')]))).toEqual([1, expect.stringContaining('cannot be sent')])
  })

  it('rule 24: values arrive equal', async () => {
    const values = [null, true, 0, -0, 1.5, Number.NaN, 2n ** 70n, '', 'ключ\u2028', new Date(0), new Uint8Array([0, 255]), { $date: [{}] }]
    const back = await hands().map('identity', values)
    expect(back).toEqual(values)
    expect(Object.is(back[3], -0)).toBe(true)
    expect([await hands().apply('nothing', [1]), await hands().map('nothing', [1])]).toEqual([null, [null]])
  })

  it('nothing, constants, rows, keywords, and functions by themselves', async () => {
    expect(await hands().map('square', [])).toEqual([])
    expect(await outcomes(hands().imap('square', []))).toEqual([])
    expect(await hands().map('scale', [1, 2], { args: [10, 5] })).toEqual([15, 25])
    expect(
      await hands().starmap('scale', [
        [1, 10],
        [2, 10, 5],
      ]),
    ).toEqual([10, 25])
    expect(await hands().apply('greet', ['Alice'], { greeting: 'Hi' })).toBe('Hi Alice')
    expect(await hands().map(functions.square, new Set([3]))).toEqual([9])
  })

  it('a large map is streamed', async () => {
    expect(await hands().map('square', counting(60_000))).toEqual(numbers(60_000).map(functions.square))
  })

  it('what the API refuses is refused', async () => {
    expect(await rejection(hands().map('sqare' as 'square', [1]))).toMatchObject({
      name: 'RequestError',
      status: 404,
      code: 'function-not-found',
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
