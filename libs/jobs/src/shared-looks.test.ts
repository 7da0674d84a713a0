import { expect, test } from 'vitest'
import { SharedLooks } from './shared-looks.ts'

/** Looks that end when they are told to, each with its number. */
function looks() {
  const ends: (() => void)[] = []
  const shared = new SharedLooks(
    () =>
      new Promise<number>((resolve) => {
        const number = ends.length
        ends.push(() => resolve(number))
      }),
  )
  return { ends, shared }
}

test('who comes while a look is under way shares the next one', async () => {
  const { ends, shared } = looks()
  const first = shared.get('a')
  const others = [shared.get('a'), shared.get('a')]
  ends[0]?.()
  expect(await first).toBe(0)
  await Promise.resolve()
  ends[1]?.()
  expect(await Promise.all(others)).toEqual([1, 1])
  expect(ends).toHaveLength(2)
})

test('keys have looks of their own; when one is over the next is fresh', async () => {
  const { ends, shared } = looks()
  const [a, b] = [shared.get('a'), shared.get('b')]
  for (const end of ends) end()
  expect(await Promise.all([a, b])).toEqual([0, 1])
  const again = shared.get('a')
  ends[2]?.()
  expect(await again).toBe(2)
})

test('one that fails fails for those who shared it only', async () => {
  let count = 0
  const shared = new SharedLooks(async () => {
    if (count++ === 0) throw new Error('no')
    return count
  })
  const first = shared.get('a')
  const second = shared.get('a')
  await expect(first).rejects.toThrow('no')
  expect(await second).toBe(2)
})
