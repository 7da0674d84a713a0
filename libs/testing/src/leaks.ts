import type { ChildProcess } from 'node:child_process'
import { Server, Socket } from 'node:net'
import { eventually } from './eventually.ts'
import { childrenOf } from './processes.ts'

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
  for (const { pid, command } of childrenOf(process.pid)) counts.set(`child process ${pid} (${command})`, 1)
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
