import { ManyhandsError } from '@manyhands/client'
import { expect, test } from 'vitest'
import { errorText, lineOf } from './output.ts'

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
