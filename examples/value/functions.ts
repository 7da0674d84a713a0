import type { SharedValue } from 'manyhands'

export async function worker(counter: SharedValue) {
  for (let i = 0; i < 1000; i++) {
    await using _ = await counter.getLock()
    await counter.set((await counter.get()) + 1)
  }
}
