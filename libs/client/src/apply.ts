import { limits, media } from '@manyhands/contracts'
import type { Place } from './completions.ts'
import type { Connection } from './connection.ts'
import { textOf } from './encoding.ts'
import { RequestError, ValueError } from './errors.ts'
import { type CallOptions, optionFields } from './options.ts'
import { readResult } from './outcome.ts'
import { Submission, type Submitted } from './submission.ts'
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

/** What the function returned; most often in one exchange with the server. Where many wait at once, a stream tells when to ask. */
export async function runApply(connection: Connection, pool: string, task: Task<unknown>, body: string, held: boolean): Promise<unknown> {
  const place = connection.completions?.enter()
  try {
    const { id, text } = await textOfResult({ connection, pool, task, body, held, place })
    task.over()
    return readResult(text, connection.sharing).value(id)
  } finally {
    place?.leave()
  }
}

interface Running {
  connection: Connection
  pool: string
  task: Task<unknown>
  body: string
  held: boolean
  place: Place | undefined
}

async function textOfResult(running: Running): Promise<{ id: string; text: string }> {
  const { connection, task, body, held, place } = running
  const notify = await place?.session()
  const told = notify === undefined ? undefined : await submitTold(running, notify)
  const { id, result } = told ?? (await task.submit(submissionOf(running, body), held))
  const text = result ?? (told && notify !== undefined ? await place?.ended(id, notify, task.signal) : undefined)
  return { id, text: text ?? (await waitForResult(connection, id, task.signal)) }
}

const submissionOf = ({ connection, pool }: Running, body: string) => new Submission(connection, `/v1/pools/${pool}/apply`, body)

/** Undefined when the session is over: the job waits by itself then. */
async function submitTold(running: Running, session: string): Promise<Submitted | undefined> {
  const body = `{"notify":"${session}",${running.body.slice(1)}`
  try {
    return await running.task.submit(submissionOf(running, body), false)
  } catch (error) {
    if (error instanceof RequestError && error.code === 'session-not-found') return undefined
    throw error
  }
}

async function waitForResult(connection: Connection, id: string, signal: AbortSignal): Promise<string> {
  const { waitSeconds } = limits
  const call = { path: `/v1/jobs/${id}/result?wait=${waitSeconds}`, headers: { accept: media.tagged }, signal, waitSeconds }
  for (;;) {
    const answer = await connection.sendInTurn(call)
    if (answer.status === 200) return answer.text
  }
}
