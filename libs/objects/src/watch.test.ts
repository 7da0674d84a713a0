import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Held } from './transport.ts'
import { Watch } from './watch.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const held = (onLost: (error: Error) => void): Held => ({ lock: 'm/lock/l', token: '7', ttlMs: 1000, since: performance.now(), onLost })

test('a lock that is renewed stays; one that is not is lost at 45 % of its lease', async () => {
  const lost = vi.fn()
  const watch = new Watch()
  watch.add(held(lost))
  for (let i = 0; i < 10; i++) {
    await vi.advanceTimersByTimeAsync(300)
    watch.renewed(['m/lock/l 7'], performance.now())
  }
  expect(lost).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(440)
  expect(lost).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(20)
  expect(lost).toHaveBeenCalledOnce()
})

test('it is lost at once when others were renewed and it was not; not when that was asked before it was granted', async () => {
  const [lost, kept] = [vi.fn(), vi.fn()]
  const watch = new Watch()
  watch.add(held(lost))
  await vi.advanceTimersByTimeAsync(10)
  watch.add({ ...held(kept), token: '8' })
  watch.renewed([], performance.now())
  expect([lost.mock.calls.length, kept.mock.calls.length]).toEqual([1, 0])
})

test('news that stand behind the timer count: the program was busy', async () => {
  const lost = vi.fn()
  const watch: Watch = new Watch(async () => watch.renewed(['m/lock/l 7'], performance.now()))
  watch.add(held(lost))
  await vi.advanceTimersByTimeAsync(5000)
  expect(lost).not.toHaveBeenCalled()
})

test('one that was released is watched no more', async () => {
  const lost = vi.fn()
  const watch = new Watch()
  watch.add(held(lost))()
  await vi.advanceTimersByTimeAsync(5000)
  expect(lost).not.toHaveBeenCalled()
  expect(watch.shortestMs).toBeUndefined()
})
