import { components } from '@manyhands/app-api'
import { functionNamePattern, jobIdPattern, namePattern, ownIdPattern } from '@manyhands/contracts'
import { testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { apiServer, ndjson, problemOf, refusal } from './server.ts'

/** reliability-rules.md, attack 13, and "also keep": names that want to be more than names. */
const api = apiServer(testRedis())
const apply = '/v1/pools/default/apply'
const map = '/v1/pools/default/map'

describe('attack 13: names of functions', () => {
  const badSyntax = [
    '../../etc/x',
    'x'.repeat(65),
    'square\n',
    'a b',
    '',
    '1x',
    'a..b',
    '.a',
    'a.b.c.d.e',
    'square;1',
    '$' + '{x}',
    'sq\u0000',
  ]
  test.each(badSyntax)('bad syntax %j: 400 invalid-parameter', async (name) => {
    expect(await refusal(api.post(apply, { function: name }))).toEqual([400, 'invalid-parameter', '/function'])
    expect(await refusal(api.post(`${map}?function=${encodeURIComponent(name)}`, '1\n', ndjson))).toEqual([
      400,
      'invalid-parameter',
      'function',
    ])
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'nobody.registered.this', 'x'.repeat(64)])(
    '%s is not registered: 404',
    async (name) => {
      expect(await refusal(api.post(apply, { function: name }))).toEqual([404, 'function-not-found'])
      expect(await refusal(api.post(map, { function: name, items: [] }))).toEqual([404, 'function-not-found'])
      expect(await refusal(api.post(map, { function: name, open: true }))).toEqual([404, 'function-not-found'])
      expect(await refusal(api.post(`${map}?function=${name}`, '1\n', ndjson))).toEqual([404, 'function-not-found'])
    },
  )

  test('one that is nearly right is answered with the right one', async () => {
    const { detail } = await problemOf(await api.post(apply, { function: 'sqare' }))
    expect(detail).toContain('did you mean square?')
  })

  test('nothing was stored', async () => expect(await api.jobs()).toEqual([]))
})

describe('names that would be keys of Redis', () => {
  test.each(['a\r\nb', '{a}', 'a:b', 'a b', '*', 'ä'])('%j', async (name) => {
    expect(await refusal(api.post('/v1/pools', { name }))).toEqual([400, 'invalid-parameter', '/name'])
    expect(await refusal(api.post(map, { function: 'square', items: [1], id: name }))).toEqual([400, 'invalid-parameter', '/id'])
    expect(await refusal(api.post(map, { function: 'square', items: [1], labels: { [name]: 'x' } }))).toEqual([
      400,
      'invalid-parameter',
      `/labels/${name}`,
    ])
    expect((await refusal(api.get(`/v1/jobs?pool=${encodeURIComponent(name)}`)))[0]).toBe(400)
    expect((await refusal(api.get(`/v1/jobs?label.${encodeURIComponent(name)}=x`)))[0]).toBe(400)
  })
})

describe('every pattern of the schemas against strings of 100,000 characters', () => {
  const patterns = [...new Set([functionNamePattern, jobIdPattern, namePattern, ownIdPattern, ...patternsIn(Object.values(components))])]
  const strings = ['a', 'a.', '_$', '1', '9%', '-', 'a~', '~', '\n', ' '].map((part) => part.repeat(100_000 / part.length))

  const timesOf = (expression: RegExp, text: string) =>
    [1, 2, 3].map(() => {
      const start = performance.now()
      expression.test(text)
      return performance.now() - start
    })

  test.each(patterns)('%s', (pattern) => {
    const expression = new RegExp(pattern, 'u')
    for (const text of [...strings, ...strings.map((one) => `${one}!`)]) expect(Math.min(...timesOf(expression, text))).toBeLessThan(5)
  })
})

function patternsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => (key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value)))
}
