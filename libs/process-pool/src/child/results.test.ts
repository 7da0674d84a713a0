import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { FrameReader } from '../frames.ts'
import { Outbox } from './outbox.ts'
import { Results } from './results.ts'

/** What is sent, read back from a file. */
function sent(fill: (results: Results) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'process-pool-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'frames')
  const results = new Results()
  fill(results)
  results.send(new Outbox(openSync(file, 'w')), { run: 3, itemUs: 5, cpuUs: 6, end: true })
  expect(results.count).toBe(0)
  const [frame] = new FrameReader(1 << 30).push(readFileSync(file))
  return { header: frame?.header, lines: frame?.body.toString() }
}

test('integers are written as JSON writes them', () => {
  const edges = [1, 9, 10, 99, 100, 2 ** 31 - 1, -(2 ** 31), -1, 999_999_999, 1e9, 1e9 + 1, -1e9, 1e15, 2 ** 53 - 1, -(2 ** 53) + 1]
  const integers = fc.array(fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(...edges)), { maxLength: 200 })
  const property = fc.property(integers, (values) => {
    const { lines } = sent((results) => {
      for (const value of values) results.addInteger(value)
    })
    expect(lines).toBe(values.map((value) => `${value}\n`).join(''))
  })
  fc.assert(property, { numRuns: 30 })
})

test('lines, failures and replaced ones stand in order', () => {
  const large = 'é'.repeat(200_000)
  const { header, lines } = sent((results) => {
    results.add('"a"')
    results.addFailure('{"b":1}')
    results.addInteger(12)
    results.add(large)
    results.addInteger(-7)
    results.replace(2, '{"c":2}')
    results.replace(4, '{"d":3}')
    results.replace(0, large)
  })
  expect(lines).toBe(`${large}\n{"b":1}\n{"c":2}\n${large}\n{"d":3}\n`)
  expect(header).toEqual({ type: 'done', count: 5, failed: [0, 1, 2, 4], run: 3, itemUs: 5, cpuUs: 6, end: true })
})

test('says when it is full', () => {
  const results = new Results()
  for (let i = 0; i < 4095; i++) results.addInteger(i)
  expect(results.isFull).toBe(false)
  results.addInteger(1)
  expect(results.isFull).toBe(true)
  results.clear()
  results.add('x'.repeat(300_000))
  expect(results.isFull).toBe(true)
})
