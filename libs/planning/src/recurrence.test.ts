import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextTime } from './recurrence.ts'

const at = (text: string) => Date.parse(text)
const next = (cron: string, timeZone: string, after: string) => new Date(nextTime({ cron, timeZone }, at(after))).toISOString()

test.each([
  ['every minute', '* * * * *', 'UTC', '2026-11-23T10:00:30Z', '2026-11-23T10:01:00.000Z'],
  ['a tick is not its own next one', '0 10 * * *', 'UTC', '2026-11-23T10:00:00Z', '2026-11-24T10:00:00.000Z'],
  ['in a time zone', '0 7 * * 1-5', 'Europe/Berlin', '2026-11-21T00:00:00Z', '2026-11-23T06:00:00.000Z'],
  ['seconds, when there are six fields', '*/10 * * * * *', 'UTC', '2026-11-23T10:00:01Z', '2026-11-23T10:00:10.000Z'],
  ['the hour that summer time leaves out', '30 2 * * *', 'Europe/Berlin', '2026-03-28T02:00:00Z', '2026-03-29T01:30:00.000Z'],
  ['the day after', '30 2 * * *', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00.000Z'],
])('%s', (_, cron, timeZone, after, expected) => {
  expect(next(cron, timeZone, after)).toBe(expected)
})

test('a time of the hour that comes twice in autumn happens once', () => {
  const first = next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z')
  expect(first).toMatch(/^2026-10-25T0[01]:30/)
  expect(next('30 2 * * *', 'Europe/Berlin', first)).toBe('2026-10-26T01:30:00.000Z')
})

test.each([
  ['61 * * * *', 'UTC'],
  ['every monday', 'UTC'],
  ['* * * * *', 'Mars/Olympus'],
  ['0 0 30 2 *', 'UTC'],
])('%s in %s is refused', (cron, timeZone) => {
  expect(() => nextTime({ cron, timeZone }, 0)).toThrow(RangeError)
})

test('every so many milliseconds: the beats stand on one grid, whenever one asks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 0, max: 1e12 }),
      fc.integer({ min: 0, max: 1e12 }),
      (everyMs, from, ahead) => {
        const after = from + ahead
        const time = nextTime({ everyMs, from }, after)
        expect((time - from) % everyMs).toBe(0)
        expect(time).toBeGreaterThan(after)
        expect(time - after).toBeLessThanOrEqual(everyMs)
      },
    ),
  )
})
