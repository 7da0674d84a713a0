import { setTimeout as sleep } from 'node:timers/promises'

export async function slowSquare(x: number) {
  await sleep(100)
  return x * x
}
