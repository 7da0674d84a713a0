import type { Claim } from '@manyhands/job-store'
import type { FailedItem, Outcome } from '@manyhands/process-pool'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createProgress } from './progress.ts'

const claim = (more: Partial<Claim> = {}): Claim => ({
  job: 'g~j',
  chunk: '0',
  attempt: 1,
  tries: 0,
  vanished: 0,
  kind: 'map',
  function: 'f',
  constants: undefined,
  wire: 'plain',
  timeoutMs: undefined,
  attempts: 1,
  backoff: undefined,
  retryOn: undefined,
  noRetryOn: undefined,
  results: 'keep',
  todo: [[0, 100]],
  ranges: [],
  ...more,
})
const place = { worker: 'w1', host: 'h1', build: 'b1' }
const failure = (index: number): FailedItem => ({
  index,
  error: { name: 'Error', code: 'function-error', message: 'no' },
  input: Buffer.from(String(index)),
})
function outcome(from: number, to: number, failed: number[] = []): Outcome {
  const lines = Array.from({ length: to - from }, (_, i) => `${from + i}\n`).join('')
  return { slice: 0, from, to, lines: Buffer.from(lines), failed: failed.map(failure), itemUs: 5, cpuUs: 3 }
}
const body = (bytes: Buffer) => bytes.subarray(bytes.indexOf(10) + 1).toString()
const header = (bytes: Buffer) => JSON.parse(bytes.subarray(0, bytes.indexOf(10)).toString())

describe('progress of a claim', () => {
  test('consecutive outcomes become one part, whose header says which lines failed', () => {
    const progress = createProgress(claim(), place)
    progress.add(outcome(3, 5))
    progress.add(outcome(5, 8, [6]))
    progress.add(outcome(9, 10))
    const { parts, failed, faults, itemUs } = progress.take(true)
    expect(parts.map(({ from, to, failed: count }) => [from, to, count])).toEqual([
      [3, 8, 1],
      [9, 10, 0],
    ])
    expect(header(parts[0]?.bytes ?? Buffer.alloc(0))).toMatchObject({ runs: [[3, 8]], failed: [3], bytes: 10, ms: 0.01, ...place })
    expect(failed.map((row) => [row.index, JSON.parse(row.row).attempts, JSON.parse(row.row).input])).toEqual([[6, 1, '6']])
    expect(faults).toEqual([{ key: '["Error","function-error","no"]', count: 1, firstIndex: 6 }])
    expect(itemUs).toBe(15)
    expect(progress.empty).toBe(true)
  })

  test('an item with attempts left goes again, and its line into no part', () => {
    const property = fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat({ max: 19 })), (count, picks) => {
      const failing = [...new Set(picks)].filter((index) => index < count)
      const progress = createProgress(claim({ attempts: 2 }), place)
      progress.add(outcome(0, count, failing))
      const { parts, again, failed } = progress.take(true)
      const kept = parts.map((part) => body(part.bytes)).join('')
      const expected = Array.from({ length: count }, (_, i) => i).filter((i) => !failing.includes(i))
      expect(kept).toBe(expected.map((i) => `${i}\n`).join(''))
      expect(again.map(([from]) => from).sort((a, b) => a - b)).toEqual(failing.sort((a, b) => a - b))
      expect(failed).toEqual([])
    })
    fc.assert(property)
  })

  test('the last attempt fails for good, and so does what would fail the same way again', () => {
    const last = createProgress(claim({ attempts: 2, tries: 1 }), place)
    last.add(outcome(0, 2, [1]))
    expect(last.take(true)).toMatchObject({ again: [], failed: [{ index: 1 }] })
    const hopeless = createProgress(claim({ attempts: 5 }), place)
    hopeless.add({ ...outcome(0, 1), failed: [{ ...failure(0), error: { name: 'SyntaxError', code: 'invalid-json', message: 'x' } }] })
    expect(hopeless.take(true)).toMatchObject({ again: [], failed: [{ index: 0 }] })
  })

  test.each<[string, Partial<Claim>, boolean]>([
    ['Error', {}, true],
    ['Error', { retryOn: ['TimeoutError', 'Error'] }, true],
    ['Error', { retryOn: ['TimeoutError'] }, false],
    ['Error', { noRetryOn: ['Error'] }, false],
    ['Error', { retryOn: ['Error'], noRetryOn: ['Error'] }, false],
    ['UnrecoverableError', {}, false],
    ['UnrecoverableError', { retryOn: ['UnrecoverableError'] }, false],
  ])('%s with %j: goes again: %s', (name, rule, again) => {
    const progress = createProgress(claim({ attempts: 2, ...rule }), place)
    progress.add({ ...outcome(0, 1), failed: [{ ...failure(0), error: { name, code: 'function-error', message: 'x' } }] })
    expect(progress.take(true).again).toEqual(again ? [[0, 1]] : [])
  })

  test('a later try says so, and what a failed item wrote and how long it took goes with it', () => {
    const progress = createProgress(claim({ attempts: 2, tries: 1 }), place)
    progress.add({ ...outcome(0, 2), failed: [{ ...failure(1), log: 'last words' }], itemUs: 3000 })
    const { parts, failed } = progress.take(true)
    expect(header(parts[0]?.bytes ?? Buffer.alloc(0))).toMatchObject({ attempts: 2 })
    expect(failed.map(({ row, ...rest }) => ({ ...rest, ...JSON.parse(row) }))).toMatchObject([
      { index: 1, log: 'last words', attempts: 2, ms: 1.5 },
    ])
  })

  test('results=discard keeps no lines', () => {
    const progress = createProgress(claim({ results: 'discard' }), place)
    progress.add(outcome(0, 4))
    expect(progress.take(true).parts.map((part) => [part.from, part.to, part.bytes.length])).toEqual([[0, 4, 0]])
  })
})
