import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'

test('asks again until the check holds, and gives its value', async () => {
  let asked = 0
  const value = await eventually(() => {
    asked += 1
    expect(asked).toBe(3)
    return 'third'
  })
  expect(value).toBe('third')
})

test('gives up when the time is over, and says what was waited for and why it failed', async () => {
  const failing = eventually(() => expect(1).toBe(2), { timeoutMs: 30, describe: 'the impossible' })
  await expect(failing).rejects.toThrow(/^the impossible did not come true within 30 ms: expected 1 to be 2/)
})
