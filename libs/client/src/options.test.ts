import { describe, expect, it } from 'vitest'
import { ValueError } from './errors.ts'
import { connect } from './index.ts'
import { nameOf, optionFields } from './options.ts'

describe('options', () => {
  it('are the fields of the request', () => {
    const { signal } = new AbortController()
    expect(optionFields({ chunkSize: 2, attempts: 3, labels: { run: 'a' }, timeoutMs: undefined, signal })).toEqual({
      chunkSize: 2,
      attempts: 3,
      labels: { run: 'a' },
    })
  })

  it.each([0, -1, 1.5, Number.NaN])('refuse a chunkSize of %s', (chunkSize) => {
    expect(() => optionFields({ chunkSize })).toThrow(ValueError)
  })

  it.each<[unknown, string]>([
    [{ chunksize: 2 }, 'a call has no option chunksize; did you mean chunkSize?'],
    [{ wait: 2 }, 'a call has no option wait; it takes id, labels'],
    [{ signal: 5 }, 'signal must be an AbortSignal, not 5'],
    [{ args: 5 }, 'args must be an array, not 5'],
    [{ callback: 'done' }, 'callback must be a function, not "done"'],
    [10, 'a call takes an object of options, not 10; meant is an object such as { chunkSize: 2 }'],
    [null, 'a call takes an object of options, not null'],
    [new AbortController().signal, 'not an object of AbortSignal; meant is { signal }'],
  ])('refuse %j', (options, message) => {
    expect(() => optionFields(options as object)).toThrow(ValueError)
    expect(() => optionFields(options as object)).toThrow(message)
  })
})

describe('connect', () => {
  it.each<[unknown, string]>([
    ['http://fleet:3000', 'connect() takes an object of options, not "http://fleet:3000"; meant is connect({ url: "http://fleet:3000" })'],
    [new URL('http://fleet:3000'), 'connect() takes an object of options, not an object of URL; meant is connect({ url: '],
    [null, 'not null'],
    [['http://fleet:3000'], 'not an array'],
    [{ URL: 'http://fleet:3000' }, 'connect() has no option URL; did you mean url?'],
    [{ retires: 1 }, 'connect() has no option retires; did you mean retries?'],
    [{ timeout: 1 }, 'connect() has no option timeout; it takes url, apiKey, retries, leaseMs, fetch'],
    [{ url: 3000 }, 'url must be a string, not 3000'],
    [{ retries: -1 }, 'retries must be 0 or more, not -1'],
    [{ retries: '3' }, 'retries must be 0 or more, not "3"'],
    [{ leaseMs: 0 }, 'leaseMs must be 1 or more, not 0'],
    [{ fetch: {} }, 'fetch must be a function, not an object'],
  ])('refuses %j', (options, message) => {
    expect(() => connect(options as object)).toThrow(ValueError)
    expect(() => connect(options as object)).toThrow(message)
  })

  it('takes options of no value, and retries without end', () => {
    connect({ url: undefined, retries: Number.POSITIVE_INFINITY })
    connect(Object.assign(Object.create(null), { url: 'http://fleet:3000' }))
  })
})

describe('a pool', () => {
  const hands = connect({ url: 'http://127.0.0.1:1' })

  it.each<[unknown, string]>([
    [4, 'pool() takes an object of options, not 4; meant is pool({ processes: 4 })'],
    ['reports', 'pool() takes an object of options, not "reports"; meant is pool({ name: "reports" })'],
    [{ proceses: 4 }, 'pool() has no option proceses; did you mean processes?'],
    [{ process: 4 }, 'did you mean processes?'],
    [{ toString: 4 }, 'pool() has no option toString'],
    [{ processes: '4' }, 'processes must be 1 or more, not "4"'],
    [{ maxTasksPerChild: null }, 'maxTasksPerChild must be 1 or more, not null'],
    [{ priority: 101 }, 'priority must be a whole number from -100 to 100, not 101'],
    [{ rateLimit: 10 }, 'rateLimit must be an object such as { max: 10, perMs: 1000 }, not 10'],
    [{ name: 5 }, 'name must be a string, not 5'],
    [{ initializer: 5 }, "a function's name is a string, not number"],
  ])('of %j is refused', (options, message) => {
    expect(() => hands.pool(options as object)).toThrow(ValueError)
    expect(() => hands.pool(options as object)).toThrow(message)
  })
})

describe('a target', () => {
  it('is a name, or a function that has one', () => {
    const square = (x: number): number => x * x
    expect([nameOf('square'), nameOf(square)]).toEqual(['square', 'square'])
  })

  it('without a name is refused', () => {
    expect(() => nameOf(() => 1)).toThrow(ValueError)
    expect(() => nameOf(undefined)).toThrow(ValueError)
  })
})

describe('a call that cannot be right', () => {
  const hands = connect({ url: 'http://127.0.0.1:1' })

  it('is told before anything is sent', async () => {
    expect(() => hands.mapAsync('f', [1], { chunkSize: 0 })).toThrow(ValueError)
    expect(() => hands.imap('f', [1], { chunkSize: 0 })).toThrow(ValueError)
    await expect(hands.map('f', [1], { chunkSize: 0 })).rejects.toThrow(ValueError)
    await expect(hands.apply('f', [() => 1])).rejects.toThrow(ValueError)
    await expect(hands.apply('f', 5 as unknown as [])).rejects.toThrow('args is an array')
  })

  it('a pool of no processes', () => {
    expect(() => hands.pool({ processes: 0 })).toThrow(ValueError)
  })

  it('join before close, a call after it', async () => {
    const pool = hands.pool()
    await expect(pool.join()).rejects.toThrow(ValueError)
    pool.close()
    expect(() => pool.mapAsync('f', [1])).toThrow(ValueError)
    await expect(pool.apply('f')).rejects.toThrow(ValueError)
    await pool.join()
  })

  it('a pool that was never used costs nothing', async () => {
    await using pool = hands.pool({ processes: 2 })
    expect(pool.name).toMatch(/^run-[0-9a-f]{32}$/)
  })
})
