import { describe, expect, it } from 'vitest'
import { ManyhandsTimeoutError, RemoteError } from './errors.ts'
import { ResultIterator } from './result-iterator.ts'
import type { Values } from './results.ts'

const error = (message: string) => ({ name: 'RangeError', code: 'function-error', message })

function piece(from: number, values: unknown[], failed: number[] = []): Values {
  return { from, values, failed: new Set(failed) }
}

/** Results that come when the test says so. */
class Script {
  readonly id = Promise.resolve('default~x')
  readonly knownId = 'default~x'
  readonly cancelled: unknown[] = []
  #steps: (Values | undefined | Error)[]

  constructor(steps: (Values | undefined | Error)[]) {
    this.#steps = steps
  }

  whileWaiting<T>(promise: Promise<T>): Promise<T> {
    return promise
  }

  async pull(): Promise<Values | undefined> {
    const step = this.#steps.shift()
    if (step instanceof Error) throw step
    return step
  }

  async cancel(reason: unknown): Promise<void> {
    this.cancelled.push(reason)
  }
}

async function outcomes(iterator: AsyncIterator<unknown>): Promise<unknown[]> {
  const seen: unknown[] = []
  for (;;) {
    try {
      const { done, value } = await iterator.next()
      if (done) return seen
      seen.push(value)
    } catch (error) {
      seen.push(error instanceof Error ? error.message : error)
    }
  }
}

describe('an iteration', () => {
  it('gives what comes, in pieces of any size, empty ones too', async () => {
    const iterator = new ResultIterator(new Script([piece(0, [1, 2]), piece(2, []), piece(2, [3])]))
    const seen: unknown[] = []
    for await (const value of iterator) seen.push(value)
    expect(seen).toEqual([1, 2, 3])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('throws the error of a failing item at that item, and goes on', async () => {
    const script = new Script([piece(0, [1, error('b'), 3], [1]), piece(3, [error('d')], [0]), piece(4, [5])])
    expect(await outcomes(new ResultIterator(script))).toEqual([1, 'b', 3, 'd', 5])
    expect(script.cancelled).toEqual([])
  })

  it('names the item and the job in the error', async () => {
    const thrown = await new ResultIterator(new Script([piece(7, [error('h')], [0])])).next().catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(RemoteError)
    expect(thrown).toMatchObject({ name: 'RangeError', message: 'h', index: 7, jobId: 'default~x' })
  })

  it('answers overlapping calls in their order', async () => {
    const iterator = new ResultIterator(new Script([piece(0, [1]), piece(1, [error('b'), 3], [0])]))
    const turns = await Promise.allSettled([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
    expect(turns.map((turn) => (turn.status === 'fulfilled' ? turn.value.value : turn.reason.message))).toEqual([1, 'b', 3, undefined])
  })

  it('ends with what ended the results, once', async () => {
    const iterator = new ResultIterator(new Script([piece(0, [1]), new Error('cut')]))
    expect(await outcomes(iterator)).toEqual([1, 'cut'])
  })

  it('cancels when it is left', async () => {
    const script = new Script([piece(0, [1, 2, 3])])
    for await (const value of new ResultIterator(script)) if (value === 2) break
    expect(script.cancelled).toHaveLength(1)
  })

  it('cancels at the end of its block', async () => {
    const script = new Script([piece(0, [1, 2, 3])])
    {
      await using iterator = new ResultIterator(script)
      await iterator.next()
    }
    expect(script.cancelled).toHaveLength(1)
  })

  it('is over for whoever waited when it is left', async () => {
    const gate = Promise.withResolvers<Values>()
    const asked = Promise.withResolvers<void>()
    const pull = (): Promise<Values> => {
      asked.resolve()
      return gate.promise
    }
    const iterator = new ResultIterator(Object.assign(new Script([]), { pull, cancel: async (reason: unknown) => gate.reject(reason) }))
    const waiting = iterator.next()
    await asked.promise
    await iterator.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})

it('an error that next() has thrown is not thrown again by await using', async () => {
  const script = new Script([new Error('no connection')])
  script.cancel = () => Promise.reject(new Error('no connection'))
  const left = async () => {
    await using iterator = new ResultIterator(script)
    await iterator.next()
  }
  await expect(left()).rejects.toThrow(/^no connection$/)
})

/** An iterator whose pieces come when the test says so. */
function slow() {
  const gates = [Promise.withResolvers<Values | undefined>(), Promise.withResolvers<Values | undefined>()] as const
  const pulls = gates.map(({ promise }) => promise)
  const pull = () => pulls.shift() ?? Promise.resolve(undefined)
  return { iterator: new ResultIterator<unknown>(Object.assign(new Script([]), { pull })), gates }
}
const timedOut = (promise: Promise<unknown>) => expect(promise).rejects.toThrow(ManyhandsTimeoutError)

describe('next(timeout)', () => {
  it.each([0, -1, 0.001])('%s s is a TimeoutError when nothing is there, and loses nothing', async (timeout) => {
    const { iterator, gates } = slow()
    await timedOut(iterator.next(timeout))
    await timedOut(iterator.next(timeout))
    gates[0].resolve(piece(0, [1, 2]))
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    expect(await iterator.next(timeout)).toEqual({ done: false, value: 2 })
    gates[1].resolve(undefined)
    expect(await iterator.next(timeout)).toEqual({ done: true, value: undefined })
  })

  it('gives what is there, and errors at their items', async () => {
    const iterator = new ResultIterator(new Script([piece(0, [error('a'), 2], [0])]))
    await expect(iterator.next(0)).rejects.toThrow('a')
    expect(await iterator.next(0)).toEqual({ done: false, value: 2 })
    expect(await iterator.next(1e9)).toEqual({ done: true, value: undefined })
  })

  it('runs out while another waits before it, and takes nothing then', async () => {
    const { iterator, gates } = slow()
    const first = iterator.next()
    const second = iterator.next(0.001)
    const third = iterator.next()
    await timedOut(second)
    gates[0].resolve(piece(0, [1, 2]))
    expect([await first, await third]).toMatchObject([{ value: 1 }, { value: 2 }])
  })

  it('leaves what ended the results to the next', async () => {
    const { iterator, gates } = slow()
    await timedOut(iterator.next(0))
    gates[0].reject(new Error('cut'))
    await expect(iterator.next()).rejects.toThrow('cut')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('is over after it was left', async () => {
    const { iterator, gates } = slow()
    await timedOut(iterator.next(0))
    gates[0].reject(new Error('cut'))
    await gates[0].promise.catch(() => undefined)
    await iterator.return()
    expect(await iterator.next(0)).toEqual({ done: true, value: undefined })
  })
})
