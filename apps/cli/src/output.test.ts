import { ManyhandsError } from '@manyhands/client'
import { expect, test } from 'vitest'
import { errorText, lineOf } from './output.ts'

test.each([
  [{ a: [1] }, '{"a":[1]}\n'],
  [undefined, 'null\n'],
  [12n, '12\n'],
  [[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e21], '[NaN,Infinity,-Infinity,-0,0,1e+21]\n'],
  [{ at: new Date(0), never: new Date(Number.NaN) }, '{"at":"1970-01-01T00:00:00.000Z","never":null}\n'],
  [new Uint8Array([1, 2]), '"AQI="\n'],
  [{ 'a"b': [null, true, undefined], n: { big: 9007199254740993n } }, '{"a\\"b":[null,true,null],"n":{"big":9007199254740993}}\n'],
  ['NaN', '"NaN"\n'],
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
