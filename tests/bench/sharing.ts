import type { Grant } from '@manyhands/client'

/** The objects that a measurement uses, as programs outside and functions have them. */
interface Counter {
  add(): Promise<number>
}
interface Lock {
  acquire(): Promise<Grant>
}
interface Dict {
  get(key: 'n'): Promise<number | null>
  set(key: 'n', value: number): Promise<unknown>
}

/** Adds a second, so many in flight. */
export async function addsPerSecond(counter: Counter, adds: number, flight: number): Promise<number> {
  let left = adds
  const loop = async () => {
    while (left-- > 0) await counter.add()
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: flight }, loop))
  return adds / ((performance.now() - start) / 1000)
}

/** Milliseconds of each acquire and release. */
export async function lockPairs(lock: Lock, count: number): Promise<number[]> {
  const samples: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    const grant = await lock.acquire()
    await grant.release()
    samples.push(performance.now() - start)
  }
  return samples
}

/** Increments of a dict's value under a lock, a second, one after the other. */
export async function lockedIncrements(lock: Lock, dict: Dict, count: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    const grant = await lock.acquire()
    await dict.set('n', ((await dict.get('n')) ?? 0) + 1)
    await grant.release()
  }
  return count / ((performance.now() - start) / 1000)
}
