import type { ItemError } from '@manyhands/contracts'
import { itemError } from '@manyhands/contracts/call'

/** Why we killed a child. */
export type KillReason = 'boot' | 'exit' | 'timeout' | 'memory' | 'cancel' | 'stop' | 'protocol' | 'retire' | 'kill'

/** How a child ended. */
export interface Death {
  code: number | null
  signal: NodeJS.Signals | null
  killedFor: KillReason | undefined
  /** The last thing the child said: it ends by itself, with or without an item running. */
  told: 'running' | 'idle' | undefined
  /** V8 said on stderr that its heap is full. */
  heapFull: boolean
}

export const isOutOfMemory = (death: Death) => death.killedFor === 'memory' || death.heapFull

/** The error of an item whose process died. */
export function deathError(death: Death, at: ItemError['at'], limits: { timeoutMs?: number | undefined; memoryBytes: number }): ItemError {
  if (death.killedFor === 'timeout') return itemError('timeout', `The item ran longer than ${limits.timeoutMs} ms`, at)
  if (isOutOfMemory(death)) {
    const mebibytes = Math.round(limits.memoryBytes / 2 ** 20)
    return itemError('out-of-memory', `The process used more than its limit of ${mebibytes} MiB`, at, { memoryBytes: limits.memoryBytes })
  }
  if (death.killedFor === 'protocol') return itemError('worker-crashed', 'The process broke the protocol while it ran the item', at)
  const { signal, code } = death
  return itemError(
    'worker-crashed',
    `The process ended with ${signal ?? `exit code ${code}`} while it ran the item`,
    at,
    signal ? { signal } : { exitCode: code },
  )
}
