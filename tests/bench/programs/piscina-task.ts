/** What piscina's threads run. */
import { square } from '../functions.ts'

export const squares = (items: number[]): number[] => items.map(square)

/** CPU time of this thread alone: process.cpuUsage() would count the other thread's too. */
export function burns(items: number[]): number[] {
  return items.map((ms) => {
    const start = process.threadCpuUsage()
    for (let spent = 0; spent < ms * 1000; ) {
      const used = process.threadCpuUsage(start)
      spent = used.user + used.system
    }
    return ms
  })
}
