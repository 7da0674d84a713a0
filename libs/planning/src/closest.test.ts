import { expect, test } from 'vitest'
import { closest } from './closest.ts'

const names = ['square', 'add', 'GROUP', 'LOG']

test.each([
  ['sqare', 'square'],
  ['SQUARED', 'square'],
  ['and', 'add'],
  ['GRUOP', 'GROUP'],
  ['LGO', 'LOG'],
])('%s is meant to be %s', (given, meant) => {
  expect(closest(given, names)).toBe(meant)
})

test.each(['COLOUR', 'ab', 'GRAPE', ''])('nothing is like %j', (given) => {
  expect(closest(given, names)).toBeUndefined()
})
