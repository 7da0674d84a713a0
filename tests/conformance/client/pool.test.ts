import { JobCancelledError, ValueError } from '@manyhands/client'
import type { PoolRecord } from '@manyhands/contracts'
import { expect, it } from 'vitest'
import { counting, fleet, outcomes, rejection } from './fleet.ts'

const own = fleet()
const hands = () => own.hands()

async function poolNames(): Promise<string[]> {
  const { pools } = await own.stack.json<{ pools: PoolRecord[] }>('GET', '/v1/pools')
  return pools.map((pool) => pool.name)
}

it('reads like the seed', async () => {
  await using pool = hands().pool({ processes: 4 })
  expect(await pool.map('square', [1, 2, 3, 4, 5])).toEqual([1, 4, 9, 16, 25])
})

it('is a record with its bound from the first call to the end of the block', async () => {
  let name: string
  {
    await using pool = hands().pool({ processes: 1 })
    name = pool.name
    expect(await poolNames()).not.toContain(name)
    await pool.apply('square', [2])
    expect(await own.stack.json('GET', `/v1/pools/${name}`)).toMatchObject({ name, processes: 1 })
  }
  expect(await poolNames()).not.toContain(name)
})

it('keeps its bound', async () => {
  await using pool = hands().pool({ processes: 1 })
  const before = performance.now()
  await pool.map('wait', [150, 150, 150], { chunkSize: 1 })
  expect(performance.now() - before).toBeGreaterThan(440)
})

it('of a name is shared and stays', async () => {
  {
    await using pool = hands().pool({ name: 'reports', processes: 2 })
    await pool.apply('square', [2])
  }
  expect(await poolNames()).toContain('reports')
  await using pool = hands().pool({ name: 'reports' })
  expect(await pool.apply('square', [3])).toBe(9)
  expect(await own.stack.json('GET', '/v1/pools/reports')).toMatchObject({ processes: 2 })
})

it("default is everybody's: closing a handle of it closes nothing for others", async () => {
  const pool = hands().pool()
  expect([pool.name, await pool.apply('square', [2])]).toEqual(['default', 4])
  await pool.terminate()
  expect(() => pool.applyAsync('square', [2])).toThrow(ValueError)
  expect(await hands().pool().apply('square', [3])).toBe(9)
  for (const word of ['close', 'terminate']) expect((await own.stack.call('POST', `/v1/pools/default/${word}`)).status).toBe(400)
})

it('join waits for every call, and tells nothing of how they ended', async () => {
  const pool = hands().pool({ processes: 2 })
  const handles = [pool.mapAsync('wait', [200]), pool.mapAsync('even', [1])]
  pool.close()
  await pool.join()
  expect(handles.map((handle) => handle.ready() && handle.successful())).toEqual([true, false])
})

it('join does not wait for results to be read, which are there after it', async () => {
  const pool = hands().pool({ processes: 2 })
  const iterator = pool.imap('square', counting(3000))
  expect(await iterator.next()).toEqual({ done: false, value: 0 })
  pool.close()
  await pool.join()
  expect(await outcomes(iterator)).toEqual([...counting(3000)].slice(1).map((x) => x * x))
})

it('terminate ends every call with a clear error, soon', async () => {
  const pool = hands().pool({ processes: 2 })
  const handle = pool.mapAsync('wait', [60_000])
  const iterator = pool.imap('wait', [60_000])
  const next = rejection(iterator.next())
  await Promise.all([handle.id, iterator.id])
  const before = performance.now()
  await pool.terminate()
  expect(await rejection(handle.get())).toBeInstanceOf(JobCancelledError)
  expect(await next).toBeInstanceOf(JobCancelledError)
  await pool.join()
  expect(performance.now() - before).toBeLessThan(3000)
  expect(await poolNames()).not.toContain(pool.name)
})

it('withPool gives what its body gives, and closes', async () => {
  let name = ''
  const value = await hands().withPool({ processes: 2 }, (pool) => {
    name = pool.name
    return pool.apply('square', [4])
  })
  expect(value).toBe(16)
  expect(await poolNames()).not.toContain(name)
})

it('withPool terminates when its body throws', async () => {
  let id = ''
  const thrown = await rejection(
    hands().withPool({ processes: 2 }, async (pool) => {
      id = await pool.mapAsync('wait', [60_000]).id
      throw new Error('mine')
    }),
  )
  expect(thrown).toMatchObject({ message: 'mine' })
  expect(await own.stack.json('GET', `/v1/jobs/${id}`)).toMatchObject({ state: 'cancelled' })
})
