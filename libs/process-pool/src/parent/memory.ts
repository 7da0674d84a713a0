import { readFileSync } from 'node:fs'

/** Resident bytes of a process. 0 when it is gone, and where there is no /proc: then V8's own limit is all there is. */
export function residentBytes(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return Number(kibibytes ?? 0) * 1024
  } catch {
    return 0
  }
}
