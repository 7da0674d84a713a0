import { limits, media } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { textOf } from './encoding.ts'
import { ValueError } from './errors.ts'
import { type CallOptions, optionFields } from './options.ts'
import { readResult } from './outcome.ts'
import { Submission } from './submission.ts'
import type { Task } from './task.ts'

/** An apply as it is asked for. */
export interface ApplyCall {
  name: string
  args: readonly unknown[]
  kwargs: Record<string, unknown> | null | undefined
  options: CallOptions
}

/** The body of an apply. Throws ValueError. */
export function applyBody(call: ApplyCall): string {
  if (!Array.isArray(call.args)) throw new ValueError('args is an array of arguments, also when there is one: [5]')
  const fields = JSON.stringify({ function: call.name, ...optionFields(call.options) })
  const kwargs = call.kwargs && Object.keys(call.kwargs).length > 0 ? `,"kwargs":${textOf(call.kwargs, 'kwargs')}` : ''
  return `${fields.slice(0, -1)},"args":${textOf(call.args, 'args')}${kwargs}}`
}

/** What the function returned; most often in one exchange with the server. */
export async function runApply(connection: Connection, pool: string, task: Task<unknown>, body: string, held: boolean): Promise<unknown> {
  const { id, result } = await task.submit(new Submission(connection, `/v1/pools/${pool}/apply`, body), held)
  const text = result ?? (await waitForResult(connection, id, task.signal))
  task.over()
  return readResult(text, connection.sharing).value(id)
}

async function waitForResult(connection: Connection, id: string, signal: AbortSignal): Promise<string> {
  const { waitSeconds } = limits
  const call = { path: `/v1/jobs/${id}/result?wait=${waitSeconds}`, headers: { accept: media.tagged }, signal, waitSeconds }
  for (;;) {
    const answer = await connection.sendInTurn(call)
    if (answer.status === 200) return answer.text
  }
}
