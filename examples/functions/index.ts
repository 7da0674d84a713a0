import { setTimeout as sleep } from 'node:timers/promises'
import { currentTask, defineFunction } from 'manyhands'

/** A function is an exported function: nothing to register. */
export const square = (x: number) => x * x

export const add = (a: number, b: number) => a + b

export const greet = (name: string) => `Hello, ${name}!`

/** Waits as long as a slow request would; the signal ends it when its job is cancelled. */
export async function slowSquare(x: number) {
  await sleep(100, undefined, { signal: currentTask().signal })
  return x * x
}

/** Primes below a bound, counted by the sieve of Eratosthenes: a function that computes. */
export function countPrimes(below: number) {
  const composite = new Uint8Array(Math.max(below, 2))
  let primes = 0
  for (let n = 2; n < below; n++) {
    if (composite[n]) continue
    primes++
    for (let multiple = n * n; multiple < below; multiple += n) composite[multiple] = 1
  }
  return primes
}

/** `defineFunction` adds a policy: here a time limit for one item, and a second try. */
export const reciprocal = defineFunction({ timeoutMs: 1000, attempts: 2 }, (x: number) => {
  if (x === 0) throw new RangeError('0 has no reciprocal')
  return 1 / x
})

/** What a function prints, `manyhands dev` shows live as `shout[0] ...`. */
export function shout(text: string) {
  console.log(`shouting ${text}`)
  return text.toUpperCase()
}
