import { expect, test } from 'vitest'
import { unshared } from './neighbours.ts'

test('names that only one of two workers serves', () => {
  expect(unshared({ id: 'a', functions: ['x', 'y'] }, { id: 'b', functions: ['y', 'z'] })).toEqual(['x', 'z'])
  expect(unshared({ id: 'a', functions: ['x', 'y'] }, { id: 'b', functions: ['y', 'x'] })).toEqual([])
})
