import { expect, test } from 'vitest'
import { pack } from './codes.ts'
import { lower } from './lower.ts'
import type { Method } from './method.ts'
import { methodOf } from './methods.ts'
import type { ObjectType } from './ref.ts'
import { toldArguments } from './told.ts'

const told = (type: ObjectType, method: string, args: unknown[]): unknown => {
  const known = methodOf(type, method) as Method
  const words = lower(known, args).map((word) => (typeof word === 'string' ? new TextEncoder().encode(word) : word))
  return JSON.parse(toldArguments(known, words))
}

test.each<[ObjectType, string, unknown[], unknown[]]>([
  ['dict', 'set', ['a', { b: [1, 'é'] }], ['a', { b: [1, 'é'] }]],
  ['dict', 'clear', [], []],
  ['list', 'extend', [[1, 'two', null]], [[1, 'two', null]]],
  ['counter', 'add', [2.5], [2.5]],
  ['counter', 'add', [], [null]],
  ['semaphore', 'release', [3], [3]],
  ['array', 'set', ['d', 2, pack('d', [0.5])], [2, 0.5]],
  ['array', 'write', ['h', 1, 3, pack('h', [-1, 300])], [1, 3, [-1, 300]]],
  ['lock', 'release', ['12'], [null]],
])('%s.%s is told as it was called', (type, method, args, expected) => {
  expect(told(type, method, args)).toEqual(expected)
})

test('entries are pairs, in their order', () => {
  const known = methodOf('dict', 'update') as Method
  const [name] = Object.entries(known.takes).find(([, kind]) => kind.startsWith('entries')) ?? []
  expect(name).toBeDefined()
  expect(
    told('dict', 'update', [
      [
        ['a', 1],
        [{ k: 1 }, null],
      ],
    ]),
  ).toEqual(
    expect.arrayContaining([
      [
        ['a', 1],
        [{ k: 1 }, null],
      ],
    ]),
  )
})
