import type { Job } from '@manyhands/contracts'
import type { WebhooksContext } from './context.ts'

/** A result up to this size comes along, in bytes; of a larger one only where it is. */
const inlineBytes = 20_000

/** The body: type, time and data, as Standard Webhooks advises. */
export async function payloadOf(context: WebhooksContext, type: string, job: Job): Promise<string> {
  const head = `"type":${JSON.stringify(type)},"timestamp":"${job.finishedAt ?? new Date().toISOString()}"`
  const result = type === 'job.progress' ? undefined : await context.result(job, inlineBytes)
  const value = result === undefined ? '' : `,"result":${result.trimEnd()}`
  return `{${head},"data":{"job":${JSON.stringify(job)}${value}${linksOf(context, job)}}}`
}

function linksOf({ policy: { publicUrl } }: WebhooksContext, { id }: Job): string {
  if (publicUrl === undefined) return ''
  const job = `${publicUrl}/v1/jobs/${id}`
  return `,"links":${JSON.stringify({ job, result: `${job}/result`, results: `${job}/results` })}`
}

/** Of a test of an endpoint. */
export const testPayload = (): string =>
  JSON.stringify({ type: 'webhook.test', timestamp: new Date().toISOString(), data: { message: 'It works.' } })
