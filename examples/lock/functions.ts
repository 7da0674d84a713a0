import type { SharedDict, SharedLock } from 'manyhands'

export async function increment(counter: SharedDict<{ value: number }>, lock: SharedLock, n: number) {
  for (let i = 0; i < n; i++) {
    await using _ = await lock.acquire()
    await counter.set('value', (await counter.getItem('value')) + 1)
  }
}
