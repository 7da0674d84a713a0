import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childMessage } from './child-message.ts'

const done = { type: 'done', run: 0, count: 2, failed: [0, 1], itemUs: 1.5, cpuUs: 0, end: true }

test('takes the messages of the protocol', () => {
  const good = [
    done,
    { type: 'ready', functions: [], skipped: ['a'], build: '' },
    { type: 'ready', functions: [{ name: 'a.b', input: false, timeoutMs: 1, attempts: 2, more: true }], skipped: [], build: '' },
    { type: 'broken', message: 'x' },
    { type: 'output', stream: 'stderr', label: 'f[1]' },
    { type: 'exit', running: false },
  ]
  for (const message of good) expect(childMessage(message)).toBe(message)
})

test.for([
  { ...done, count: -1 },
  { ...done, count: 1.5 },
  { ...done, failed: [1, 0] },
  { ...done, failed: [2] },
  { ...done, failed: 'no' },
  { ...done, itemUs: '1' },
  { ...done, itemUs: Number.NaN },
  { ...done, end: undefined },
  { type: 'output', stream: 'stdin', label: '' },
  { type: 'ready', functions: [], skipped: [1], build: '' },
  { type: 'ready', functions: ['square'], skipped: [], build: '' },
  { type: 'ready', functions: [{ name: 'no name', input: false }], skipped: [], build: '' },
  { type: 'ready', functions: [{ name: 'square' }], skipped: [], build: '' },
  { type: 'ready', functions: [{ name: 'square', input: false, attempts: 0 }], skipped: [], build: '' },
  { type: 'constructor' },
  { type: '__proto__' },
])('refuses %o', (message) => {
  expect(childMessage(message)).toBeUndefined()
})

test('nothing at all makes it throw', () => {
  fc.assert(fc.property(fc.anything(), (message) => void childMessage(message)))
})
