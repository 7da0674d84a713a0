import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AsyncResult } from './async-result.ts'
import { Connection } from './connection.ts'
import { JobCancelledError, ManyhandsTimeoutError, ValueError } from './errors.ts'
import type { Callbacks } from './options.ts'
import { Task } from './task.ts'

/** A call that has not reached the server yet: its outcome is what the test says. */
function pending(callbacks: Callbacks<number> = {}, signal?: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const task = new Task(new Connection({ url: 'http://127.0.0.1:1' }), signal, () => promise)
  return { result: new AsyncResult(task, callbacks), resolve, reject }
}

afterEach(() => vi.restoreAllMocks())

describe('AsyncResult', () => {
  it('gives its value as often as asked', async () => {
    const { result, resolve } = pending()
    resolve(5)
    expect([await result.get(), await result.get(1), await result.get(0)]).toEqual([5, 5, 5])
    expect([result.ready(), result.successful()]).toEqual([true, true])
  })

  it('says how to read it when it is printed', async () => {
    const { result, resolve } = pending()
    expect(inspect(result)).toBe('AsyncResult { not submitted yet, not ready: await get() }')
    resolve(5)
    await result.wait()
    expect(inspect(result)).toContain(', ready: await get() }')
  })

  it('throws its error as often as asked', async () => {
    const { result, reject } = pending()
    reject(new RangeError('no'))
    await expect(result.get()).rejects.toThrow('no')
    await expect(result.get(0)).rejects.toThrow('no')
    expect(result.successful()).toBe(false)
  })

  it.each([0, -1, 0.001])('get(%s) before the end is a TimeoutError, and cancels nothing', async (timeout) => {
    const { result, resolve } = pending()
    const error = await result.get(timeout).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ManyhandsTimeoutError)
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'timeout' })
    resolve(7)
    expect(await result.get(3_000_000)).toBe(7)
  })

  it('wait() returns nothing, and never throws', async () => {
    const { result, reject } = pending()
    expect(await result.wait(0.001)).toBeUndefined()
    expect(result.ready()).toBe(false)
    reject(new Error('no'))
    expect(await result.wait()).toBeUndefined()
    expect(result.ready()).toBe(true)
  })

  it('successful() before the end is a ValueError', () => {
    const { result } = pending()
    expect(() => result.successful()).toThrow(ValueError)
  })

  it('runs a callback once, before ready() turns true', async () => {
    const calls: unknown[] = []
    const { result, resolve } = pending({
      callback: (value) => calls.push([value, result.ready()]),
      errorCallback: () => calls.push('error'),
    })
    resolve(5)
    await result.get()
    await result.get()
    expect(calls).toEqual([[5, false]])
  })

  it('runs the errorCallback once, before ready() turns true', async () => {
    const calls: unknown[] = []
    const { result, reject } = pending({
      callback: () => calls.push('value'),
      errorCallback: (error) => calls.push([error, result.ready()]),
    })
    reject('bad')
    await result.wait()
    expect(calls).toEqual([['bad', false]])
  })

  it.each([
    ['throws', () => callbackThatThrows()],
    ['rejects', () => Promise.reject(new Error('oops'))],
  ])('a callback that %s hangs nobody and is shown', async (_, callback) => {
    const shown = vi.spyOn(console, 'error').mockReturnValue()
    const { result, resolve } = pending({ callback })
    resolve(5)
    expect(await result.get()).toBe(5)
    await expect.poll(() => shown.mock.calls.length).toBe(1)
  })

  it('cancel() ends it with JobCancelledError', async () => {
    const { result } = pending()
    await result.cancel()
    await expect(result.get()).rejects.toThrow(JobCancelledError)
    await expect(result.id).rejects.toThrow(JobCancelledError)
  })

  it('an aborted signal ends it with the reason of the signal', async () => {
    const controller = new AbortController()
    const { result } = pending({}, controller.signal)
    controller.abort('enough')
    await expect(result.get()).rejects.toBe('enough')
    const late = pending({}, controller.signal)
    await expect(late.result.get()).rejects.toBe('enough')
  })
})

function callbackThatThrows(): void {
  throw new Error('oops')
}
