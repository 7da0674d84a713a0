import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, type Hands } from '@manyhands/client'
import { inline } from '@manyhands/client/testing'
import { describe, expect, it } from 'vitest'
import { type Functions, fleet } from './fleet.ts'
import * as functions from './functions.ts'

const own = fleet()
const thisFile = basename(fileURLToPath(import.meta.url))

/** The stack of what this throws. Awaited here, as a program awaits: the lines of who awaits are what it is about. */
async function stackOf(program: () => Promise<unknown>): Promise<string> {
  try {
    await program()
  } catch (error) {
    return (error as Error).stack ?? ''
  }
  throw new Error('it did not throw')
}

const programs: Record<string, (hands: Hands<Functions>) => Promise<unknown>> = {
  map: async (hands) => await hands.map('even', [2, 1]),
  'map without an await': (hands) => hands.map('even', [2, 1]),
  'map of a streamed input': async (hands) =>
    await hands.map(
      'even',
      (async function* () {
        yield 1
      })(),
    ),
  starmap: async (hands) => await hands.starmap('even', [[1]]),
  apply: async (hands) => await hands.apply('even', [1]),
  'Promise.all': async (hands) => await Promise.all([hands.apply('square', [1]), hands.apply('even', [1])]),
  'applyAsync and get': async (hands) => await hands.applyAsync('even', [1]).get(),
  'mapAsync and get': async (hands) => await hands.mapAsync('even', [1]).get(),
  'an iteration': async (hands) => {
    for await (const _ of hands.imap('even', [2, 1]));
  },
  'an iteration without order': async (hands) => {
    for await (const _ of hands.imapUnordered('even', [1]));
  },
}

describe.each<[string, () => Hands<Functions>]>([
  ['a fleet', () => own.hands()],
  ['a stand-in', () => inline(functions)],
])('the stack of an item that fails, on %s', (_, hands) => {
  it.each(Object.entries(programs))('begins with the lines of the caller: %s', async (_name, program) => {
    const [title, ...lines] = (await stackOf(() => program(hands()))).split('\n')
    expect(title).toBe('OddError: 1 is odd')
    expect(lines.filter((line) => !line.includes('Promise.all'))[0]).toContain(thisFile)
  })

  it('is the same however often it is asked for, and the remote one stays its cause', async () => {
    const result = hands().applyAsync('even', [1])
    const first = await stackOf(() => result.get())
    expect(await stackOf(() => result.get())).toBe(first)
    await expect(result.get()).rejects.toHaveProperty('cause.stack', expect.stringContaining('functions.ts'))
  })

  it('of a call that is cancelled has the lines of who waited for it, of each its own', async () => {
    const pool = hands().pool({ processes: 1 })
    const results = [pool.applyAsync('nap', [60_000]), pool.applyAsync('nap', [60_000])]
    await Promise.all(results.map((result) => result.id))
    await pool.terminate()
    async function firstWaiter(): Promise<unknown> {
      return await results[0]?.get()
    }
    async function secondWaiter(): Promise<unknown> {
      return await results[1]?.get()
    }
    expect(await stackOf(firstWaiter)).toMatch(/^JobCancelledError: the pool was terminated\n.* firstWaiter /)
    expect(await stackOf(secondWaiter)).toMatch(/^JobCancelledError: the pool was terminated\n.* secondWaiter /)
  })
})

it('what no server refuses has the lines of the caller too', async () => {
  const refused = [
    () => own.hands().map('nobody' as 'square', [1]),
    () => own.hands().pool({ name: 'no such pool' }).status(),
    () => connect({ url: own.stack.url, retries: 0, fetch: () => Promise.reject(new TypeError('fetch failed')) }).apply('square', [1]),
  ]
  for (const program of refused) expect(await stackOf(program)).toContain(thisFile)
})
