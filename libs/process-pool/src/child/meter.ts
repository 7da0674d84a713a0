import { performance } from 'node:perf_hooks'

/** Time inside items and CPU time of the process, from one message to the next. */
export class Meter {
  #itemMs = 0
  #cpuUs = cpuTime()
  /** When the last message was, in milliseconds of `performance`. */
  tookAt = performance.now()

  addItemTime(ms: number): void {
    this.#itemMs += ms
  }

  /** Microseconds since the last call. */
  take(): { itemUs: number; cpuUs: number } {
    const cpuUs = cpuTime()
    const taken = { itemUs: Math.round(this.#itemMs * 1000), cpuUs: cpuUs - this.#cpuUs }
    this.#itemMs = 0
    this.#cpuUs = cpuUs
    this.tookAt = performance.now()
    return taken
  }
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
