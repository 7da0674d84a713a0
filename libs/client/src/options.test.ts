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

  it('refuse a name that they do not have', () => {
    expect(() => optionFields({ chunksize: 2 } as object)).toThrow('no option chunksize')
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
