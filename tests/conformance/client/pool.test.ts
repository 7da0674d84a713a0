import { ValueError } from '@manyhands/client'
import type { PoolRecord } from '@manyhands/contracts'
import { expect, it } from 'vitest'
import { fleet } from './fleet.ts'

const own = fleet()
const hands = () => own.hands()

async function poolNames(): Promise<string[]> {
  const { pools } = await own.stack.json<{ pools: PoolRecord[] }>('GET', '/v1/pools')
  return pools.map((pool) => pool.name)
}

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

it('withPool gives what its body gives, and closes', async () => {
  let name = ''
  const value = await hands().withPool({ processes: 2 }, (pool) => {
    name = pool.name
    return pool.apply('square', [4])
  })
  expect(value).toBe(16)
  expect(await poolNames()).not.toContain(name)
})
