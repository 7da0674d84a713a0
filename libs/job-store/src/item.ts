import { asArray, asBytes, asNumber, asText, type StoreContext } from './context.ts'

/** Where an item is: in a part that holds its outcome, in a chunk, or in neither: not handed out yet, or not kept. */
export interface ItemView {
  /** Of a failed one, as JSON: error, attempts, input. */
  failed: string | undefined
  /** The end of what a failed one wrote. */
  tail: string | undefined
  part: { from: number; bytes: Buffer } | undefined
  /** `tries`: runs that failed. */
  chunk: { tries: number; isClaimed: boolean; progress: string | undefined } | undefined
}

/** Undefined when there is no such job. */
export async function viewItem(context: StoreContext, job: string, index: number): Promise<ItemView | undefined> {
  const reply = asArray(await context.scripts['look-item'](context.tenant, job, index))
  if (reply.length === 0) return undefined
  const [failed, tail, from, part, tries, claimed, progress] = reply
  const hasPart = asText(from) !== ''
  const hasChunk = asText(tries) !== ''
  return {
    failed: asText(failed) || undefined,
    tail: asText(tail) || undefined,
    part: hasPart ? { from: asNumber(from), bytes: asBytes(part) } : undefined,
    chunk: hasChunk ? { tries: asNumber(tries), isClaimed: asNumber(claimed) === 1, progress: asText(progress) || undefined } : undefined,
  }
}
