import { performance } from 'node:perf_hooks'

/** CPU time is asked for no more often than this, in milliseconds: it is a system call. What is not told now is told later. */
const askEveryMs = 10

/** Time inside items and CPU time of the process, from one message to the next. */
export class Meter {
  #itemMs = 0
  #cpuUs = cpuTime()
  #askedAt = performance.now()
  /** When the last message was, in milliseconds of `performance`. */
  tookAt = performance.now()

  addItemTime(ms: number): void {
    this.#itemMs += ms
  }

  /** Microseconds since the last call. `end`: nothing is told later. */
  take(end: boolean): { itemUs: number; cpuUs: number } {
    this.tookAt = performance.now()
    const itemUs = Math.round(this.#itemMs * 1000)
    this.#itemMs = 0
    return { itemUs, cpuUs: end || this.tookAt - this.#askedAt >= askEveryMs ? this.#takeCpu() : 0 }
  }

  #takeCpu(): number {
    const before = this.#cpuUs
    this.#cpuUs = cpuTime()
    this.#askedAt = this.tookAt
    return this.#cpuUs - before
  }
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
