/** `0, 1, ... n-1`: all different, so that a result out of order is seen. */
export function numbers(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}

/** Throws unless the results are the squares of 0..n-1 in order. */
export function checkSquares(results: number[], n: number): void {
  if (results.length !== n) throw new Error(`${results.length} results instead of ${n}`)
  for (let i = 0; i < n; i++) if (results[i] !== i * i) throw new Error(`result ${i} is ${results[i]}`)
}

/** Seconds that `work` took. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Milliseconds of each of `count` calls, one after another, after `warmUp` uncounted ones. */
export async function oneByOne(count: number, warmUp: number, call: () => Promise<unknown>): Promise<number[]> {
  for (let i = 0; i < warmUp; i++) await call()
  const samples: number[] = []
  for (let i = 0; i < count; i++) samples.push((await seconds(call)) * 1000)
  return samples
}

/** Keeps `callers` loops going for `duration` seconds; the calls that ended in that time, a second. */
export async function inFlight(callers: number, duration: number, call: (caller: number) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  const end = start + duration * 1000
  let done = 0
  const loop = async (_: unknown, caller: number) => {
    while (performance.now() < end) {
      await call(caller)
      if (performance.now() < end) done++
    }
  }
  await Promise.all(Array.from({ length: callers }, loop))
  return done / duration
}
