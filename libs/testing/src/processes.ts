import { readdirSync, readFileSync } from 'node:fs'

/** A row of /proc: on a system without it there are none. */
export interface ProcessRow {
  pid: number
  command: string
  parent: number
  /** R, S, D, T ... Z is a zombie: it has ended, and only its parent has not asked yet. */
  state: string
}

/** Whether the process still runs. A zombie does not. */
export function isAlive(pid: number): boolean {
  const row = readRow(String(pid))
  return row !== undefined && row.state !== 'Z'
}

/** The children that a process has now, by the kernel's word. */
export function childrenOf(pid: number): ProcessRow[] {
  return processIds()
    .map(readRow)
    .filter((row) => row?.parent === pid)
    .filter((row) => row !== undefined)
}

function processIds(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

function readRow(pid: string): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const end = stat.lastIndexOf(')')
    const [state = '', parent] = stat.slice(end + 2).split(' ')
    return { pid: Number(pid), command: stat.slice(stat.indexOf('(') + 1, end), parent: Number(parent), state }
  } catch {
    // it ended meanwhile
    return undefined
  }
}
