/** piscina from the caller's side: two threads, chunks of `size` items. */
import { Piscina } from 'piscina'
import { checkSquares, numbers, oneByOne, seconds } from './measuring.ts'
import { serve } from './serve.ts'

const pool = new Piscina({
  filename: new URL('piscina-task.ts', import.meta.url).href,
  minThreads: 2,
  maxThreads: 2,
  recordTiming: false,
})
await serve({ map, burn, latency }, () => pool.destroy())

async function map({ n, size }: { n: number; size: number }) {
  const input = numbers(n)
  let results: number[] = []
  const taken = await seconds(async () => {
    results = (await cut(input, size, 'squares')).flat()
  })
  checkSquares(results, n)
  return { seconds: taken }
}

async function burn({ n, ms, size }: { n: number; ms: number; size: number }) {
  return { seconds: await seconds(() => cut(new Array(n).fill(ms), size, 'burns')) }
}

async function latency({ count, warmUp }: { count: number; warmUp: number }) {
  return { samples: await oneByOne(count, warmUp, () => pool.run([7], { name: 'squares' })) }
}

function cut(input: number[], size: number, name: string): Promise<number[][]> {
  const tasks: Promise<number[]>[] = []
  for (let from = 0; from < input.length; from += size) tasks.push(pool.run(input.slice(from, from + size), { name }))
  return Promise.all(tasks)
}
