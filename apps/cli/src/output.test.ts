import { PassThrough } from 'node:stream'
import { ManyhandsError } from '@manyhands/client'
import { expect, test } from 'vitest'
import { errorText, lineOf, write } from './output.ts'

test.each([
  [{ a: [1] }, '{"a":[1]}\n'],
  [undefined, 'null\n'],
  [12n, '"12"\n'],
  ['two\nlines', '"two\\nlines"\n'],
])('a value is one line', (value, line) => {
  expect(lineOf(value)).toBe(line)
})

test('an error of the service has its code, a bug its stack', () => {
  expect(errorText(new ManyhandsError('no such function', 'function-not-found'))).toBe(
    'ManyhandsError: no such function (function-not-found)',
  )
  expect(errorText(new TypeError('oops'))).toContain('output.test.ts')
})

test('writing waits for a slow reader', async () => {
  const stream = new PassThrough({ highWaterMark: 4 })
  const written = write(stream, 'longer than four')
  stream.resume()
  expect(await written).toBe(true)
})

test('a reader that leaves ends the writing', async () => {
  const stream = new PassThrough({ highWaterMark: 4 })
  const written = write(stream, 'longer than four')
  stream.destroy()
  expect(await written).toBe(false)
  expect(await write(stream, 'more')).toBe(false)
})
