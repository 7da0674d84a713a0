import { createHash } from 'node:crypto'
import { limits, ProblemError, passes, type Wire } from '@manyhands/contracts'
import { followed, viewJob } from '@manyhands/job-store'
import { blockOfLines } from '@manyhands/planning'
import type { ResultPart } from './api.ts'
import type { JobsContext } from './context.ts'
import { results } from './results.ts'
import { submit } from './submit.ts'

interface Follower {
  function: string
  pool: string
}

/**
 * Submits what follows a job that has succeeded. Told again when this process dies before it is done: the new job's id is made of the old
 * one's, so there is one. Rejects with trouble that passes by itself.
 */
export async function follow(context: JobsContext, id: string): Promise<void> {
  const view = await viewJob(context.store, id)
  const json = view?.record.then
  if (!view || json === undefined) return followed(context.store, id, {})
  await followed(context.store, id, await followingJob(context, id, view.record, JSON.parse(json) as Follower))
}

async function followingJob(
  context: JobsContext,
  id: string,
  { kind, wire }: Record<string, string>,
  { function: name, pool }: Follower,
): Promise<{ job: string } | { error: string }> {
  const own = `then-${createHash('sha256').update(id).digest('base64url').slice(0, 22)}`
  const job = `${context.store.group}~${own}`
  try {
    const line = await resultLine(context, id, kind === 'apply')
    const submission = { kind: 'apply', pool, function: name, options: { id: own }, wire: wire as Wire } as const
    await submit(context, submission, [blockOfLines([line])])
    return { job }
  } catch (error) {
    if (!(error instanceof ProblemError) || passes(error.code)) throw error
    return error.code === 'job-id-taken' ? { job } : { error: `${error.code}: ${error.message}` }
  }
}

/** The arguments: the value of an apply; of a map the array of its values, null where an item failed. Throws item-too-large. */
async function resultLine(context: JobsContext, id: string, isApply: boolean): Promise<Buffer> {
  const { events } = await results(context, id, { order: 'input', after: 0, signal: new AbortController().signal })
  const values: string[] = []
  let bytes = 0
  for await (const event of events) {
    if (event.type !== 'part') continue
    bytes += event.part.lines.length
    if (bytes > limits.item)
      throw new ProblemError('item-too-large', `the result has more than ${limits.item} bytes, which is the limit of an argument`)
    values.push(...valuesOf(event.part))
  }
  return Buffer.from(isApply ? `[${values[0]}]` : `[[${values.join(',')}]]`)
}

function valuesOf({ lines, failed }: ResultPart): string[] {
  const values = lines.toString().split('\n').slice(0, -1)
  for (const position of failed) values[position] = 'null'
  return values
}
