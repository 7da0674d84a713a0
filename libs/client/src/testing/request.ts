import { type Complaint, type Job, limits, ownIdPattern, ProblemError } from '@manyhands/contracts'
import { refuseOptions } from './option-ranges.ts'
import type { RetryPolicy } from './retry.ts'

/** What a submit says of its job. */
export interface Fields extends RetryPolicy {
  function: string
  /** Each item as a line of JSON; the arguments of an apply are one. */
  lines: string[]
  /** JSON text of the constants of a map. */
  constants: string | undefined
  open: boolean
  length: number | undefined
  id: string | undefined
  chunkSize: number | undefined
  maxFailures: number | string | undefined
  results: string
  labels: Record<string, string>
}

/** The body of a submit, as the client writes it. Throws ProblemError, as the API answers. */
export function fieldsOf(kind: Job['kind'], text: string): Fields {
  if (text.length > limits.jsonBody) throw new ProblemError('body-too-large', `the body is larger than ${limits.jsonBody} bytes`)
  const body = JSON.parse(text) as Record<string, unknown>
  refuse([...refuseOptions(body), ...refuseId(body['id'])])
  const { args, length, id, chunkSize, attempts, retryOn, noRetryOn, maxFailures, results = 'keep', labels = {} } = body
  return {
    ...{ length, id, chunkSize, attempts, retryOn, noRetryOn, maxFailures, results, labels },
    function: body['function'],
    lines: linesOf(kind, body),
    constants: kind === 'apply' || args === undefined ? undefined : JSON.stringify(args),
    open: body['open'] === true,
  } as Fields
}

function linesOf(kind: Job['kind'], { args = [], kwargs, items = [] }: Record<string, unknown>): string[] {
  if (kind === 'apply') return [JSON.stringify([...(args as unknown[]), ...(isEmpty(kwargs) ? [] : [kwargs])])]
  return withinLimit((items as unknown[]).map((item) => JSON.stringify(item)))
}

const isEmpty = (kwargs: unknown) => kwargs === undefined || Object.keys(kwargs as object).length === 0

/** Lines of items. Throws ProblemError for one that is too large. */
export function withinLimit(lines: string[]): string[] {
  const large = lines.findIndex((line) => line.length > limits.item)
  if (large >= 0) throw new ProblemError('item-too-large', `item ${large} has more than ${limits.item} bytes`)
  return lines
}

function refuseId(id: unknown): Complaint[] {
  if (id === undefined || (typeof id === 'string' && new RegExp(ownIdPattern).test(id))) return []
  return [{ pointer: '/id', detail: `must match pattern "${ownIdPattern}"` }]
}

function refuse(errors: Complaint[]): void {
  const [first] = errors
  if (first) throw new ProblemError('invalid-parameter', `${first.pointer} ${first.detail}`, { errors })
}
