import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectionError, RequestError } from './errors.ts'
import { growing, Patience } from './patience.ts'

const cut = new ConnectionError('cut')

/** What fetch throws in Node. */
const failed = (cause: object) =>
  new ConnectionError('no connection', new TypeError('fetch failed', { cause: Object.assign(new Error('x'), cause) }))

describe('patience', () => {
  it('waits longer each time, never above the bound, never without jitter', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), (tries) => {
        const most = Math.min(5000, 50 * 2 ** tries)
        const delay = growing(tries, 50, 5000)
        expect(delay).toBeGreaterThanOrEqual(most / 2)
        expect(delay).toBeLessThanOrEqual(most)
      }),
    )
  })

  it('ends, and then throws the last error itself', async () => {
    const patience = new Patience(1)
    await patience.wait(cut, undefined)
    await expect(patience.wait(cut, undefined)).rejects.toBe(cut)
    patience.reset()
    await patience.wait(cut, undefined)
  })

  it.each([429, 502, 503, 504])('has room for %s', async (status) => {
    await new Patience(1).wait(new RequestError(status, {}), undefined)
  })

  it.each(['idempotency-in-progress', 'reader-exists', 'job-not-ended'])('has room for %s', async (code) => {
    await new Patience(1).wait(new RequestError(409, { code }), undefined)
  })

  it.each([
    ['a refusal', new RequestError(400, { code: 'invalid-parameter' })],
    ['a failure of the server', new RequestError(500, { code: 'internal' })],
    ['a mistake in this program', new TypeError('x is not a function')],
  ])('has none for %s', async (_, error) => {
    await expect(new Patience(5).wait(error, undefined)).rejects.toBe(error)
  })

  it.each([{ code: 'CERT_HAS_EXPIRED' }, { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, { message: 'bad port' }])(
    'has none for a connection that cannot get better: %j',
    async (cause) => {
      const error = failed(cause)
      await expect(new Patience(5).wait(error, undefined)).rejects.toBe(error)
    },
  )

  it('has less for a host that nobody knows than for one that is not up', async () => {
    const [unknown, down] = [failed({ code: 'ENOTFOUND' }), failed({ code: 'ECONNREFUSED' })]
    const patience = new Patience(8)
    // the waits are cut short, and count
    const wait = (error: unknown) => patience.wait(error, AbortSignal.abort('cut short'))
    for (let tries = 0; tries < 5; tries++) await expect(wait(unknown)).rejects.toBe('cut short')
    await expect(wait(unknown)).rejects.toBe(unknown)
    await expect(wait(down)).rejects.toBe('cut short')
  })

  it('waits as long as the server asks', async () => {
    const before = performance.now()
    await new Patience(1).wait(new RequestError(503, {}, 80), undefined)
    expect(performance.now() - before).toBeGreaterThanOrEqual(75)
  })

  it('ends with the signal', async () => {
    const controller = new AbortController()
    const waiting = new Patience(1).wait(new RequestError(503, {}, 30_000), controller.signal)
    controller.abort('enough')
    await expect(waiting).rejects.toBe('enough')
  })
})
