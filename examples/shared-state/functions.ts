import type { SharedDict } from 'manyhands'

export async function worker(sharedData: SharedDict<{ visits: number }>) {
  await sharedData.increment('visits') // a get and a set by ten at once would lose some
}
