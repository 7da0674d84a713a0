import { limits, ProblemError } from '@manyhands/contracts'
import { ApplyCall, ApplyMany } from '@manyhands/contracts/schemas'
import { readApply } from '@manyhands/planning'
import type { FastifyRequest } from 'fastify'
import type { Api } from '../api.ts'
import { Checker } from './checker.ts'
import { collect } from './collect.ts'
import { isLines, jsonBytes } from './json-body.ts'

/** A call that was judged, and the JSON array of its arguments. */
export interface Call {
  fields: ApplyCall
  line: Buffer
}

const LF = 0x0a
const one = new Checker(ApplyCall)
const several = new Checker(ApplyMany)
/** As the schema says; its type does not. */
const mostCalls = Number(Object.getOwnPropertyDescriptor(ApplyMany.properties.calls, 'maxItems')?.value)

/** The calls of an apply's body: one; or many, as `{"calls":[...]}` or one a line. All of them are judged before any is taken. */
export async function callsOf(request: FastifyRequest, api: Api): Promise<Call | Call[]> {
  if (isLines(request)) return callsOfLines(await collectLines(request, api), api)
  const text = readApply(jsonBytes(request), api.limits)
  if (!text.many) return { fields: one.check(text.fields), line: text.lines[0] as Buffer }
  return several.check(text.fields).calls.map((fields, i) => ({ fields, line: text.lines[i] as Buffer }))
}

function collectLines(request: FastifyRequest, api: Api): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0)
  return collect(request.raw, { limit: limits.append, waitMs: api.timeouts.append, length })
}

function callsOfLines(bytes: Buffer, api: Api): Call[] {
  const calls: Call[] = []
  for (const line of linesOf(bytes)) {
    if (calls.length === mostCalls) throw new ProblemError('too-many-items', `there are more than ${mostCalls} calls`)
    calls.push(callOfLine(line, `/${calls.length}`, api))
  }
  if (calls.length === 0) throw new ProblemError('invalid-parameter', 'there is no call in the body')
  return calls
}

function callOfLine(text: Buffer, place: string, api: Api): Call {
  try {
    const { fields, lines } = readApply(text, api.limits)
    return { fields: one.check(fields), line: lines[0] as Buffer }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const errors = error.errors.map(({ pointer, detail }) => ({ pointer: place + pointer, detail }))
    throw new ProblemError(error.code, `line ${place.slice(1)}: ${error.message}`, { errors })
  }
}

const bom = Buffer.from([0xef, 0xbb, 0xbf])

/** Lines with anything in them. A CR before an LF is whitespace of JSON. */
function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = bytes.subarray(0, bom.length).equals(bom) ? bom.length : 0; at < bytes.length; ) {
    const found = bytes.indexOf(LF, at)
    const end = found < 0 ? bytes.length : found
    const line = bytes.subarray(at, end)
    if (line.some((byte) => byte > 0x20)) yield line
    at = end + 1
  }
}
