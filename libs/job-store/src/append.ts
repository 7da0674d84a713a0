import type { Block, Task } from '@manyhands/planning'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'
import { blockBytes } from './open.ts'

export type AppendReply =
  /** `stored`: blocks that found room; fewer than were given = the window is full. */
  | { type: 'stored'; total: number; stored: number; tasks: Task[] }
  | { type: 'offset'; total: number }
  | { type: 'not-open'; state: string; total: number; error: string }
  | { type: 'gone' }

export interface AppendOptions {
  /** Items the caller believes are stored; -1: whatever is stored. */
  offset: number
  loaderMs: number
  /** Bytes of unread input at which no more is taken. */
  window: number
}

/** Stores blocks behind an open job's items, by compare-and-set on the item count. */
export async function appendBlocks(context: StoreContext, job: string, blocks: Block[], options: AppendOptions): Promise<AppendReply> {
  const sizes = JSON.stringify(blocks.map((block) => [block.count, block.text.length]))
  const { offset, loaderMs, window } = options
  const reply = asArray(await context.scripts.append(context.tenant, job, offset, loaderMs, window, sizes, ...blocks.map(blockBytes)))
  switch (asText(reply[0])) {
    case 'gone':
      return { type: 'gone' }
    case 'offset':
      return { type: 'offset', total: asNumber(reply[1]) }
    case 'not-open':
      return { type: 'not-open', state: asText(reply[1]), total: asNumber(reply[2]), error: asText(reply[3]) }
    default:
      return { type: 'stored', total: asNumber(reply[1]), stored: asNumber(reply[2]), tasks: asTasks(reply[3]) }
  }
}
