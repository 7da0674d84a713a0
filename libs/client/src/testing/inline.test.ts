import { currentTask, defineFunction, type StandardSchema } from '@manyhands/functions'
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest'
import { ManyhandsError, RemoteError } from '../errors.ts'
import { failure, inline } from './index.ts'

const numbers: StandardSchema<number> = {
  '~standard': {
    version: 1,
    vendor: 'mine',
    validate: (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'must be a number', path: [] }] }),
  },
}

const functions = {
  VERSION: 1,
  square: (x: number) => x * x,
  add: (a: number, b: number) => a + b,
  task: () => {
    const { id, index, attempt } = currentTask()
    return { id, index, attempt }
  },
  checked: defineFunction({ attempts: 3, input: numbers }, (x: number) => x),
  keep: (list: number[]) => list.push(4) && list,
  'images.resize': (name: string) => `small ${name}`,
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('it did not reject')),
    (error: unknown) => error,
  )

it('has the types of a connection: a wrong name or item does not compile', async () => {
  const hands = inline(functions)
  expectTypeOf(await hands.map('square', [1, 2])).toEqualTypeOf<number[]>()
  expect(await hands.apply('images.resize', ['a'])).toBe('small a')
  // @ts-expect-error no function of this name
  expect(await rejection(hands.map('sqare', [1]))).toMatchObject({ code: 'function-not-found' })
  // @ts-expect-error no function at all
  expect(await rejection(hands.map('VERSION', [1]))).toMatchObject({ code: 'function-not-found' })
  // @ts-expect-error failures are by the names that there are
  expect(() => inline(functions, { failures: { sqare: { error: new Error('x') } } })).toThrow('there is no function sqare')
})

it('arguments and results are copies, as over the wire', async () => {
  const list = [1, 2, 3]
  expect(await inline(functions).apply('keep', [list])).toEqual([1, 2, 3, 4])
  expect(list).toEqual([1, 2, 3])
})

it('currentTask() answers inside a function, for the item that runs', async () => {
  const handle = inline(functions).mapAsync('task', [1, 2] as never[])
  const id = await handle.id
  expect(await handle.get()).toEqual([0, 1].map((index) => ({ id, index, attempt: 1 })))
  expect(() => currentTask()).toThrow('only inside a function')
})

it('defineFunction: the schema refuses, and attempts are the policy', async () => {
  const error = await rejection(inline(functions).map('checked', [1, 'x' as never]))
  expect(error).toMatchObject({ name: 'InvalidInputError', code: 'invalid-input', issues: [{ message: 'must be a number', path: '' }] })
  const hands = inline(functions, { failures: { checked: { error: new Error('again'), times: 2 } } })
  expect(await hands.map('checked', [5])).toEqual([5])
})

describe('failures', () => {
  it('an item fails as if its function had thrown, with name, message and own fields', async () => {
    const error = Object.assign(new RangeError('too large'), { limit: 2n })
    const hands = inline(functions, { failures: { square: { at: [3], error } } })
    const thrown = await rejection(hands.map('square', [0, 1, 2, 3]))
    expect(thrown).toBeInstanceOf(RemoteError)
    expect(thrown).toMatchObject({ name: 'RangeError', message: 'too large', code: 'function-error', index: 3, limit: 2n })
    expect(await hands.map('square', [0, 1, 2])).toEqual([0, 1, 4])
    expect(await hands.apply('add', [1, 2])).toBe(3)
  })

  it('times counts the runs of each item, so that a retry succeeds', async () => {
    const hands = inline(functions, { failures: { square: { at: [0, 2], error: new Error('once'), times: 1 } } })
    expect(await rejection(hands.map('square', [1, 2, 3]))).toMatchObject({ message: 'once', at: { attempt: 1 } })
    expect(await hands.map('square', [1, 2, 3], { attempts: 2, backoff: { type: 'fixed', delayMs: 3_600_000 } })).toEqual([1, 4, 9])
  })

  it.each([
    ['worker-crashed', { name: 'WorkerCrashedError', signal: 'SIGKILL' }],
    ['timeout', { name: 'TimeoutError' }],
    ['out-of-memory', { name: 'OutOfMemoryError' }],
  ] as const)('%s, which no function throws', async (code, fields) => {
    const hands = inline(functions, { failures: { square: [{ at: [7], error: 1 }, { error: failure(code) }] } })
    expect(await rejection(hands.apply('square', [1]))).toMatchObject({ code, ...fields })
    expect(failure(code, 'my words', { extra: 1 })).toMatchObject({ message: 'my words' })
  })

  it('retryOn and noRetryOn say which errors run again', async () => {
    const hands = inline(functions, { failures: { square: { error: new RangeError('once'), times: 1 } } })
    const attempts = 2
    expect(await hands.apply('square', [2], null, { attempts, retryOn: ['RangeError'] })).toBe(4)
    expect(await rejection(hands.apply('square', [2], null, { attempts, retryOn: ['TypeError'] }))).toMatchObject({ message: 'once' })
    expect(await rejection(hands.apply('square', [2], null, { attempts, noRetryOn: ['RangeError'] }))).toMatchObject({ message: 'once' })
  })

  it('what no retry can mend is not run again', async () => {
    const before = vi.fn()
    const hands = inline(functions, { before, failures: { square: { error: failure('result-too-large') } } })
    expect(await rejection(hands.apply('square', [1], null, { attempts: 5 }))).toMatchObject({ code: 'result-too-large' })
    expect(before).toHaveBeenCalledTimes(1)
  })

  it('a failure without an error is refused', () => {
    expect(() => inline(functions, { failures: { square: { at: [1] } as never } })).toThrow(ManyhandsError)
    expect(() => failure('nope' as 'timeout')).toThrow('no item fails with the code nope')
  })
})

describe('before', () => {
  it('sees every call as the function gets it, and may fail or hold it', async () => {
    const seen: unknown[] = []
    const before = async ({
      function: name,
      args,
      index,
      attempt,
    }: {
      function: string
      args: readonly unknown[]
      index: number
      attempt: number
    }) => {
      await Promise.resolve()
      seen.push([name, args, index, attempt])
      if (index === 1 && attempt === 1) throw failure('worker-crashed')
    }
    const hands = inline(functions, { before, processes: 1 })
    expect(
      await hands.starmap(
        'add',
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { attempts: 2, chunkSize: 3 },
      ),
    ).toEqual([3, 7, 11])
    expect(seen).toEqual([
      ['add', [1, 2], 0, 1],
      ['add', [3, 4], 1, 1],
      ['add', [5, 6], 2, 1],
      ['add', [3, 4], 1, 2],
    ])
  })
})

it('a stopped clock stops nothing', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const hands = inline(functions, { failures: { square: { at: [1], error: new Error('once'), times: 1 } } })
  await using pool = hands.pool({ processes: 2 })
  const backoff = { type: 'exponential', delayMs: 60_000 } as const
  expect(await pool.map('square', [1, 2, 3], { attempts: 2, backoff, delayMs: 60_000 })).toEqual([1, 4, 9])
  const seen: number[] = []
  for await (const value of pool.imap('square', new Set([4, 5]), { attempts: 2 })) seen.push(value)
  expect(seen).toEqual([16, 25])
  vi.advanceTimersByTime(3_600_000)
  expect(await pool.apply('add', [1, 2])).toBe(3)
  expect(vi.getTimerCount()).toBe(0)
})

it('what it has not, it says by name', async () => {
  const answer = await rejection(inline(functions).pool({ name: 'nobody' }).status())
  expect(answer).toMatchObject({ code: 'not-found', message: expect.stringContaining('there is no pool nobody') })
})
