import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { lineValues, wordValue } from './input.ts'

test.each([
  ['5', 5],
  ['-1.5', -1.5],
  ['"5"', '5'],
  ['Alice', 'Alice'],
  ['[1, 2]', [1, 2]],
  ['{"a":1}', { a: 1 }],
  ['null', null],
  ['', ''],
])('the word %s', (word, value) => {
  expect(wordValue(word)).toEqual(value)
})

test('lines are JSON, blank ones are none', async () => {
  expect(await collect(lineValues(Readable.from(['1\r\n\n"a', 'b"\n{"c":2}'])))).toEqual([1, 'ab', { c: 2 }])
})

test('a line that is not JSON is named', async () => {
  await expect(collect(lineValues(Readable.from('1\n\noops\n')))).rejects.toThrow('Line 3 of the input is not JSON: oops')
})

async function collect(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const value of values) all.push(value)
  return all
}
