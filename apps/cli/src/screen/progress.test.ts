import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderBar, renderRate, renderSeconds } from './progress.ts'
import { ProgressLine } from './progress-line.ts'

test('a bar tells share, count, rate and the time that is left', () => {
  expect(renderBar({ done: 50, total: 200, elapsedMs: 500 }, 8)).toBe('██░░░░░░   25 %  50/200  100 items/s  1.5 s left')
})

test('before the first item nothing is guessed', () => {
  expect(renderBar({ done: 0, total: 200, elapsedMs: 500 }, 8)).toBe('░░░░░░░░    0 %  0/200  starting')
})

test('at the end it tells the whole time', () => {
  expect(renderBar({ done: 200, total: 200, elapsedMs: 2000 }, 4)).toBe('████  100 %  200/200  100 items/s  2.0 s in all')
})

test('while the total is not known it counts', () => {
  expect(renderBar({ done: 30, total: null, elapsedMs: 1000 })).toBe('30 items  30.0 items/s')
})

test('the bar is always as wide as asked, and full at the end alone', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 1, max: 500 }), fc.nat(10_000), (some, total, elapsedMs) => {
      const done = Math.min(some, total)
      const bar = renderBar({ done, total, elapsedMs }, 20).slice(0, 20)
      expect(bar).toMatch(/^█*░*$/)
      expect(bar.includes('░')).toBe(done < total)
    }),
  )
})

test.each([
  [500, '0.5 s'],
  [9960, '10 s'],
  [59_600, '1 min 00 s'],
  [125_000, '2 min 05 s'],
])('%i ms reads %s', (ms, text) => {
  expect(renderSeconds(ms)).toBe(text)
})

test.each([
  [1.853, '1.85'],
  [99.6, '99.6'],
  [18_500, '18,500'],
])('%d a second reads %s', (rate, text) => {
  expect(renderRate(rate)).toBe(text)
})

test('a terminal has one line that changes, anything else a line at every tenth', () => {
  expect(written(true)).toBe('\r\x1b[2K░\r\x1b[2K█\n'.replaceAll(/[░█]/g, (cell) => (cell === '░' ? bar(0) : bar(20))))
  expect(written(false)).toBe(`${bar(0)}\n${bar(2)}\n${bar(20)}\n`)
})

const bar = (done: number) => renderBar({ done, total: 20, elapsedMs: 1000 })

function written(isTTY: boolean): string {
  let text = ''
  const line = new ProgressLine({ isTTY, columns: 200, write: (more: string) => (text += more) })
  for (const done of isTTY ? [0, 20] : [0, 1, 2, 3, 20]) line.show({ done, total: 20, elapsedMs: 1000 })
  line.end()
  return text
}
