import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Server, Socket } from 'node:net'
import { eventually } from './eventually.ts'

/** What keeps a process alive and is somebody's to close. Files, DNS and the like end by themselves. */
const watched = new Set([
  'ChildProcess',
  'ProcessWrap',
  'TCPSocketWrap',
  'TCPServerWrap',
  'PipeWrap',
  'PipeServerWrap',
  'UDPWrap',
  'Timeout',
  'MessagePort',
  'Worker',
  'FSEventWrap',
  'StatWatcher',
])

/** How many there are of each kind. */
export type Resources = Map<string, number>

/** What is open now: active resources, and child processes, also those that were unref'd. */
export function openResources(): Resources {
  const counts: Resources = new Map()
  for (const name of process.getActiveResourcesInfo()) {
    if (watched.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const child of childProcesses()) counts.set(child, 1)
  return counts
}

/**
 * Waits up to a second until nothing is open that was not open at `before`.
 * @throws Error that lists what is left
 */
export async function expectNoLeaks(before: Resources, timeoutMs = 1000): Promise<void> {
  let left: string[] = []
  const isClean = () => {
    left = leaked(before, openResources())
    return left.length === 0
  }
  const clean = await eventually(isClean, { timeoutMs, everyMs: 20 }).catch(() => false)
  if (!clean) throw new Error(`this test file leaves open: ${left.join(', ')}${details()}`)
}

function leaked(before: Resources, now: Resources): string[] {
  return [...now]
    .filter(([name, count]) => count > (before.get(name) ?? 0))
    .map(([name, count]) => describeLeak(name, count - (before.get(name) ?? 0)))
}

const describeLeak = (name: string, more: number): string => (more === 1 ? name : `${more} x ${name}`)

/** Children by the kernel's word: `child <pid> <command>`. Empty where there is no /proc. */
function childProcesses(): string[] {
  return processIds()
    .map(readStat)
    .filter((stat) => stat !== undefined)
    .filter(({ parent }) => parent === process.pid)
    .map(({ pid, command }) => `child process ${pid} (${command})`)
}

function processIds(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

function readStat(pid: string): { pid: string; command: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const end = stat.lastIndexOf(')')
    return { pid, command: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) }
  } catch {
    // it ended meanwhile
    return undefined
  }
}

/** Node knows the handles, but not by a public name; the hint is worth it. */
function details(): string {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles?: () => unknown[] }
  const lines = (handles?.call(process) ?? []).map(describeHandle).filter((line) => line !== undefined)
  return lines.length === 0 ? '' : `\n  ${lines.join('\n  ')}`
}

function describeHandle(handle: unknown): string | undefined {
  if (handle instanceof Server) return `server on ${JSON.stringify(handle.address())}`
  if (handle instanceof Socket && handle.remotePort !== undefined)
    return `socket ${handle.localPort} -> ${handle.remoteAddress}:${handle.remotePort}`
  const child = handle as Partial<ChildProcess>
  if (Array.isArray(child.spawnargs)) return `child process ${child.pid}: ${child.spawnargs.join(' ')}`
  return undefined
}
