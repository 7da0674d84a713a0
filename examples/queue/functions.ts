import type { SharedQueue } from 'manyhands'

export async function producer(queue: SharedQueue<number | null>) {
  for (let i = 0; i < 5; i++) await queue.put(i)
  await queue.put(null) // Sentinel to signal completion
}

export async function consumer(queue: SharedQueue<number | null>) {
  while (true) {
    const item = await queue.get()
    if (item === null) break
    console.log(`Received: ${item}`)
  }
}
