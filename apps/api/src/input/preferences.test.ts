import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { accepts, preferredWait } from './preferences.ts'

const asking = (headers: Record<string, string>) => ({ headers }) as unknown as FastifyRequest

test.each([
  ['wait=5', 5],
  ['wait=0', 0],
  ['Wait = 5', 5],
  ['respond-async, wait=7', 7],
  ['wait=7, respond-async', 7],
  ['handling=lenient; wait="9"', 9],
  ['wait=31', 30],
  ['wait=999999999', 30],
  ['wait=9999999999', undefined],
  ['wait=-1', undefined],
  ['wait=1.5', undefined],
  ['await=5', undefined],
  ['wait', undefined],
  ['', undefined],
])('Prefer: %s', (prefer, seconds) => expect(preferredWait(asking({ prefer }))).toBe(seconds))

test('Accept', () => {
  expect(preferredWait(asking({}))).toBeUndefined()
  const type = 'application/vnd.manyhands+json'
  expect(accepts(asking({ accept: type }), type)).toBe(true)
  expect(accepts(asking({ accept: `text/html, ${type.toUpperCase()};q=0.5` }), type)).toBe(true)
  expect(accepts(asking({ accept: 'application/json, */*' }), type)).toBe(false)
  expect(accepts(asking({}), type)).toBe(false)
})
