import { expect, test } from 'vitest'
import { namespace } from './namespace.ts'

test('never the same, and a name that a group may have', () => {
  expect(namespace()).not.toBe(namespace())
  expect(namespace()).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
})
