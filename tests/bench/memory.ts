import { readFileSync } from 'node:fs'

/** The most bytes a process had resident in its whole life so far, as the kernel counts them (VmHWM): no sample can miss a peak. */
export function peakResident(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no VmHWM`)
  return Number(kilobytes) * 1024
}
