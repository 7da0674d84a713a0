import { errorNamePattern } from '@manyhands/contracts/ids'

/** What of a policy is wrong. */
export interface PolicyFault {
  field: string
  detail: string
}

const goodName = new RegExp(errorNamePattern)

const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1
const isShare = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1
const isType = (value: unknown) => value === 'fixed' || value === 'exponential'
const areNames = (value: unknown) =>
  Array.isArray(value) && value.length >= 1 && value.every((name) => typeof name === 'string' && goodName.test(name))

interface Rule {
  isGood: (value: unknown) => boolean
  meant: string
}
const whole: Rule = { isGood: isWhole, meant: 'must be a whole number of 1 or more' }
const names: Rule = { isGood: areNames, meant: 'must be a list of names of errors' }
const rules: Record<string, Rule> = { timeoutMs: whole, attempts: whole, retryOn: names, noRetryOn: names }
const backoffRules: Record<string, Rule> = {
  type: { isGood: isType, meant: 'must be fixed or exponential' },
  delayMs: whole,
  maxDelayMs: whole,
  jitter: { isGood: isShare, meant: 'must be a number from 0 to 1' },
}

/** The first thing in a policy that is not allowed: one that an author declares, or a program in another language. */
export function policyFault(policy: object): PolicyFault | undefined {
  const { backoff } = policy as { backoff?: unknown }
  return faultIn(policy, rules, '') ?? (backoff === undefined ? undefined : backoffFault(backoff))
}

function backoffFault(backoff: unknown): PolicyFault | undefined {
  if (typeof backoff !== 'object' || backoff === null) return { field: 'backoff', detail: 'must be an object such as {type, delayMs}' }
  const unknown = Object.keys(backoff).find((name) => !Object.hasOwn(backoffRules, name))
  if (unknown !== undefined) return { field: 'backoff', detail: `has no field ${unknown}` }
  return faultIn({ type: undefined, delayMs: undefined, ...backoff }, backoffRules, 'backoff.', ['type', 'delayMs'])
}

function faultIn(fields: object, rules: Record<string, Rule>, prefix: string, required: string[] = []): PolicyFault | undefined {
  for (const [name, { isGood, meant }] of Object.entries(rules)) {
    const value = (fields as Record<string, unknown>)[name]
    if (value === undefined && !required.includes(name)) continue
    if (!isGood(value)) return { field: prefix + name, detail: `is ${String(value)}; it ${meant}` }
  }
  return undefined
}
