import type { Task, TaskSlice } from '@manyhands/planning'
import { groupBase, loadScripts, type Redis, type Script, type ScriptReply } from '@manyhands/redis'

const scriptNames = [
  'append',
  'beat-session',
  'cancel',
  'claim',
  'close',
  'drop-pool',
  'end-pool',
  'end-session',
  'feed-function',
  'followed',
  'forget',
  'heartbeat',
  'holds',
  'keep',
  'look-item',
  'note-process',
  'note-progress',
  'open',
  'orphan',
  'park',
  'pause-function',
  'pool',
  'put-schedule',
  'read',
  'refeed',
  'register',
  'release-reader',
  'renew-reader',
  'resume',
  'settle',
  'signal-process',
  'tick',
  'view',
  'write-output',
] as const

/** What every function of this room works with: one connection, one group, one tenant. */
export interface StoreContext {
  redis: Redis
  group: string
  tenant: string
  scripts: Record<(typeof scriptNames)[number], Script>
}

/** @param folder where the Lua files are, as the URL of a file beside them */
export function storeContext(redis: Redis, group: string, tenant: string, folder: string = import.meta.url): StoreContext {
  return { redis, group, tenant, scripts: loadScripts(redis, folder, groupBase(group), scriptNames) }
}

export const asArray = (reply: ScriptReply | undefined): ScriptReply[] => {
  if (Array.isArray(reply)) return reply
  throw new TypeError('a script answered no array')
}
export const asText = (reply: ScriptReply | undefined): string => (reply === null || reply === undefined ? '' : reply.toString())
export const asNumber = (reply: ScriptReply | undefined): number => Number(asText(reply))
export const asBytes = (reply: ScriptReply | undefined): Buffer => {
  if (Buffer.isBuffer(reply)) return reply
  throw new TypeError('a script answered no bytes')
}

/** Tasks that a script handed out: to be added to the queue by the caller. */
export function asTasks(reply: ScriptReply | undefined): Task[] {
  return asArray(reply).map((row) => {
    const words = asArray(row).map(asText)
    const slices: TaskSlice[] = []
    for (let i = 4; i < words.length; i += 3) {
      slices.push({ job: words[i] ?? '', chunk: words[i + 1] ?? '', generation: Number(words[i + 2]) })
    }
    return { tenant: words[0] ?? '', pool: words[1] ?? '', id: words[2] ?? '', priority: Number(words[3]), slices }
  })
}

/** A hash as scripts answer it: name, value, name, value ... */
export function asRecord(reply: ScriptReply | undefined): Record<string, string> {
  const words = asArray(reply).map(asText)
  const record: Record<string, string> = {}
  for (let i = 0; i < words.length; i += 2) record[words[i] ?? ''] = words[i + 1] ?? ''
  return record
}
