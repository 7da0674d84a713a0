import { errorTable, media, type ProblemError } from '@manyhands/contracts'
import type { Job } from './job.ts'
import { turn } from './news.ts'
import type { Part } from './outcomes.ts'

const utf8 = new TextEncoder()

export function answerJson(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': media.json, ...headers } })
}

/** A document whose values carry tags. */
export function answerText(text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status: 200, headers: { 'content-type': media.tagged, ...headers } })
}

/** RFC 9457, as the API writes it. */
export function answerProblem({ code, status, message: detail, errors, extra }: ProblemError): Response {
  return answerJson({ title: errorTable[code].title, status, detail, code, errors, ...extra }, status, { 'content-type': media.problem })
}

/** The results of a job as they come: parts, and the job as the last line. */
export function answerParts(job: Job, order: 'input' | 'completion', after: number, signal: AbortSignal): Response {
  let at = after
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason), { once: true })
      },
      async pull(controller) {
        const part = await nextPart({ job, order, after: at, signal })
        if (signal.aborted) return
        at += part?.lines.length ?? 0
        controller.enqueue(utf8.encode(part ? partText(part) : `${JSON.stringify({ end: job.record() })}\n`))
        if (!part) controller.close()
      },
    },
    // nothing is made ahead of its reader: what was read is forgotten where results are read once
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': `${media.parts}; wire=tagged` } })
}

interface Wanted {
  job: Job
  order: 'input' | 'completion'
  after: number
  signal: AbortSignal
}

/** Undefined at the end, or when nobody reads any more: then nothing is taken that could be freed. */
async function nextPart({ job, order, after, signal }: Wanted): Promise<Part | undefined> {
  await job.news.until(() => job.outcomes.reach(order) > after || job.isEnded || signal.aborted)
  // what is done meanwhile comes along
  await turn()
  if (signal.aborted) return undefined
  const part = job.outcomes.part(order, after, job.isEnded)
  // what was freed is room for more input
  job.news.tell()
  return part
}

function partText({ runs, failed, lines }: Part): string {
  const text = lines.map((line) => `${line}\n`).join('')
  return `${JSON.stringify({ runs, failed, bytes: utf8.encode(text).length })}\n${text}`
}
