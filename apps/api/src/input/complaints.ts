import { type Complaint, type ErrorCode, ProblemError } from '@manyhands/contracts'
import { closest } from '@manyhands/planning'
import type { ErrorObject } from 'ajv'

/** More places than this are not listed. */
const mostComplaints = 20
/** Longer names are shown cut, and nothing is guessed about them. */
const longestName = 64

/** What ajv found, as what the caller is told. `place` makes the pointer of a path within the checked value. */
export function refusal(errors: readonly ErrorObject[], place: (path: string) => string): ProblemError {
  const own = errors.filter((error) => !/\/(anyOf|patternProperties|propertyNames)\//.test(error.schemaPath) || error.keyword === 'anyOf')
  const complaints = (own.length > 0 ? own : errors).slice(0, mostComplaints).map((error) => complaintOf(error, place))
  const detail = complaints.map((complaint) => `${complaint.pointer || 'the body'} ${complaint.detail}`).join('; ')
  return new ProblemError(codeOf(errors), detail, { errors: complaints })
}

function codeOf(errors: readonly ErrorObject[]): ErrorCode {
  if (errors.some((error) => error.keyword === 'additionalProperties')) return 'unknown-field'
  if (errors.some((error) => error.keyword === 'maxItems')) return 'too-many-items'
  return 'invalid-parameter'
}

function complaintOf(error: ErrorObject, place: (path: string) => string): Complaint {
  const member: string | undefined = error.params.additionalProperty ?? error.params.missingProperty ?? error.params.propertyName
  const path = member === undefined ? error.instancePath : `${error.instancePath}/${escapeStep(member.slice(0, longestName))}`
  return { pointer: place(path), detail: sentenceOf(error, member) }
}

function sentenceOf(error: ErrorObject, member: string | undefined): string {
  if (error.keyword === 'additionalProperties') return unknownField(error, member ?? '')
  if (error.keyword === 'required') return 'is missing'
  if (error.keyword === 'propertyNames') return 'has a name that is not allowed'
  if (error.keyword === 'anyOf') return `is not allowed; meant is ${choicesOf(error.parentSchema)}`
  return `${error.message ?? 'is not allowed'}`
}

function unknownField(error: ErrorObject, member: string): string {
  const known = Object.keys(error.parentSchema?.properties ?? {})
  const meant = member.length <= longestName ? closest(member, known) : undefined
  return meant === undefined ? 'is not a field that exists here' : `is not a field that exists here; did you mean ${meant}?`
}

function choicesOf(schema: ErrorObject['parentSchema']): string {
  const choices: { const?: unknown }[] = schema?.anyOf ?? []
  if (choices.every((choice) => 'const' in choice)) return choices.map((choice) => String(choice.const)).join(' or ')
  return String(schema?.description ?? 'another value')
}

function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1')
}
