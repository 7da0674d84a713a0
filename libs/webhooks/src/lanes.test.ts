import { describe, expect, test } from 'vitest'
import { Lanes } from './lanes.ts'

const origin = 'https://a.example'

describe('a receiver has a lane', () => {
  test('of eight tries at once; the others come back one after the other', () => {
    const lanes = new Lanes(1000, () => 0)
    for (let i = 0; i < 8; i++) expect(lanes.enter(origin)).toBeUndefined()
    const waits = [lanes.enter(origin), lanes.enter(origin), lanes.enter('https://b.example')]
    expect(waits[0]).toBeGreaterThan(0)
    expect(waits[1]).toBeGreaterThanOrEqual(waits[0] as number)
    expect(waits[2]).toBeUndefined()
  })

  test('that is shut behind five failures, then lets one through', () => {
    let now = 0
    const lanes = new Lanes(1000, () => now)
    for (let i = 0; i < 5; i++) {
      expect(lanes.enter(origin)).toBeUndefined()
      lanes.leave(origin, false, 10)
    }
    expect(lanes.enter(origin)).toBeGreaterThanOrEqual(1000)
    now = 1001
    expect(lanes.enter(origin)).toBeUndefined()
    expect(lanes.enter(origin)).toBeGreaterThan(0)
    lanes.leave(origin, true, 10)
    expect(lanes.enter(origin)).toBeUndefined()
  })

  test('a success in between counts the failures anew', () => {
    const lanes = new Lanes(1000, () => 0)
    for (const ok of [false, false, false, false, true, false, false, false, false]) {
      expect(lanes.enter(origin)).toBeUndefined()
      lanes.leave(origin, ok, 10)
    }
    expect(lanes.enter(origin)).toBeUndefined()
  })
})
