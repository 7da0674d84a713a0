import { setTimeout as sleep } from 'node:timers/promises'

export async function backgroundWorker() {
  while (true) {
    console.log('Working...')
    await sleep(5000)
  }
}
