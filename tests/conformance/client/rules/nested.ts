import { expect, it } from 'vitest'
import type { Ask } from './rules.ts'

/** Python forbids it: its daemonic processes are not allowed to have children. */
export function nestedRules(hands: Ask): void {
  it('a function may submit and wait: in a pool of one process too', async () => {
    const pool = hands().pool({ processes: 1 })
    expect(await pool.apply('factorial', [5])).toBe(120)
    expect(await pool.map('sumOfSquares', [[1, 2, 3], [4], []])).toEqual([14, 16, 0])
    pool.close()
    await pool.join()
  })

  it('what a nested call fails with is thrown inside the function, which may go on', async () => {
    expect(await hands().apply('messageOf', [3])).toBe('OddError: 3 is odd')
  })
}
