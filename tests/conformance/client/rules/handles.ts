import { type AsyncResult, JobCancelledError, ManyhandsTimeoutError, ValueError } from '@manyhands/client'
import { expect, it, vi } from 'vitest'
import { numbers, outcomes, rejection } from '../fleet.ts'
import type { Ask } from './rules.ts'

export function handleRules(hands: Ask): void {
  it('rule 6: successful() before ready() is a ValueError', async () => {
    const handle = hands().applyAsync('wait', [100])
    expect(handle.ready()).toBe(false)
    expect(() => handle.successful()).toThrow(ValueError)
    await handle.wait()
    expect([handle.ready(), handle.successful()]).toEqual([true, true])
  })

  it('rule 6: get() can be repeated, and throws the same error again', async () => {
    const good = hands().mapAsync('square', [3])
    expect([await good.get(), await good.get(), await good.get(0)]).toEqual([[9], [9], [9]])
    const both = hands().applyAsync('wait', [50])
    expect(await Promise.all([both.get(), both.get()])).toEqual([50, 50])
    for (const bad of [hands().applyAsync('even', [1]), hands().mapAsync('even', [1]), hands().starmapAsync('even', [[1]])]) {
      const error = await rejection(bad.get())
      expect(error).toMatchObject({ name: 'OddError' })
      expect(await rejection(bad.get(0))).toBe(error)
      expect(bad.successful()).toBe(false)
    }
  })

  it('rule 6: wait() returns nothing and never throws, in time or not', async () => {
    const slow = hands().applyAsync('wait', [200])
    expect([await slow.wait(0.01), slow.ready()]).toEqual([undefined, false])
    expect([await slow.wait(), slow.ready()]).toEqual([undefined, true])
    const bad = hands().applyAsync('even', [1])
    expect([await bad.wait(), bad.ready()]).toEqual([undefined, true])
  })

  it('rule 6: a TimeoutError of get() does not cancel', async () => {
    const handle = hands().mapAsync('wait', [300])
    expect(await rejection(handle.get(0.01))).toBeInstanceOf(ManyhandsTimeoutError)
    expect(await rejection(handle.get(0.01))).toMatchObject({ name: 'TimeoutError', code: 'timeout' })
    expect(await handle.get()).toEqual([300])
    expect(await handle.job()).toMatchObject({ id: await handle.id, state: 'succeeded', function: 'wait' })
  })

  it('rule 6: a TimeoutError of next() does not cancel, and the next() after gets the result', async () => {
    for (const how of ['imap', 'imapUnordered'] as const) {
      const iterator = hands()[how]('wait', [300, 301], { chunkSize: 2 })
      expect(await rejection(iterator.next(0.01))).toBeInstanceOf(ManyhandsTimeoutError)
      expect(await rejection(iterator.next(0.01))).toMatchObject({ name: 'TimeoutError', code: 'timeout' })
      expect(await iterator.next(10)).toEqual({ done: false, value: 300 })
      expect(await outcomes(iterator)).toEqual([301])
    }
  })

  it('rule 7: callback is called once, with the whole list, before ready() turns true', async () => {
    const seen: unknown[] = []
    const calls = {
      callback: (values: unknown) => seen.push(values, handle.ready()),
      errorCallback: () => seen.push('an error'),
    }
    let handle: AsyncResult<unknown> = hands().mapAsync('square', numbers(100), { chunkSize: 3, ...calls })
    await handle.wait()
    await handle.get()
    expect(seen.splice(0)).toEqual([numbers(100).map((x) => x * x), false])
    handle = hands().starmapAsync('add', [[1, 2]], calls)
    await handle.get()
    handle = hands().applyAsync('add', [3, 4], null, calls)
    await handle.get()
    expect(seen).toEqual([[3], false, 7, false])
  })

  it('rule 7: errorCallback is called once, with the error that get() throws, before ready() turns true', async () => {
    const seen: unknown[] = []
    const calls = { callback: () => seen.push('a value'), errorCallback: (error: unknown) => seen.push(error, handle.ready()) }
    let handle: AsyncResult<unknown> = hands().mapAsync('even', numbers(9), { chunkSize: 2, ...calls })
    expect([await rejection(handle.get()), false]).toEqual(seen.splice(0))
    handle = hands().starmapAsync('even', [[2], [1]], calls)
    expect([await rejection(handle.get()), false]).toEqual(seen.splice(0))
    handle = hands().applyAsync('even', [1], null, calls)
    expect([await rejection(handle.get()), false]).toEqual(seen.splice(0))
    handle = hands().mapAsync('square', [1], { attempts: 0, ...calls })
    await handle.wait()
    expect(seen.splice(0)).toEqual([expect.objectContaining({ code: 'invalid-parameter' }), false])
    handle = hands().applyAsync('nap', [60_000], null, calls)
    await handle.cancel()
    await handle.wait()
    expect(seen).toEqual([expect.any(JobCancelledError), false])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['rejects', () => Promise.reject(new Error('oops'))],
    ['never ends', () => new Promise(() => undefined)],
  ])('rule 7: a callback that %s hangs nobody', async (_, callback) => {
    const shown = vi.spyOn(console, 'error').mockReturnValue()
    const good = hands().mapAsync('square', [2], { callback })
    const bad = hands().applyAsync('even', [1], null, { errorCallback: callback })
    expect(await good.get()).toEqual([4])
    expect(await rejection(bad.get())).toMatchObject({ name: 'OddError' })
    expect([good.ready(), bad.ready()]).toEqual([true, true])
    for (const [, error] of shown.mock.calls) expect(error).toMatchObject({ message: 'oops' })
  })

  it('rule 12: no timeout is for ever: get(), wait(), next()', async () => {
    const handle = hands().applyAsync('wait', [400])
    await handle.wait()
    expect(await handle.get()).toBe(400)
    expect(await hands().applyAsync('wait', [200]).get(Number.POSITIVE_INFINITY)).toBe(200)
    const iterator = hands().imap('wait', [200, 201], { chunkSize: 1 })
    expect([await iterator.next(), await iterator.next(Number.POSITIVE_INFINITY)]).toMatchObject([{ value: 200 }, { value: 201 }])
  })

  it.each([0, -1])('rule 12: a timeout of %s tries once: get(), wait(), next()', async (timeout) => {
    const handle = hands().mapAsync('wait', [400])
    expect(await rejection(handle.get(timeout))).toBeInstanceOf(ManyhandsTimeoutError)
    expect([await handle.wait(timeout), handle.ready()]).toEqual([undefined, false])
    const iterator = hands().imap('wait', [400])
    expect(await rejection(iterator.next(timeout))).toBeInstanceOf(ManyhandsTimeoutError)
    expect([await handle.get(), await handle.get(timeout)]).toEqual([[400], [400]])
    expect(await outcomes(iterator)).toEqual([400])
    expect(await iterator.next(timeout)).toEqual({ done: true, value: undefined })
  })
}
