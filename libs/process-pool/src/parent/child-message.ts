import { functionNamePattern } from '@manyhands/contracts/ids'
import { policyFault } from '@manyhands/functions'
import type { ChildMessage, DoneMessage } from '../messages.ts'

type Fields = Record<string, unknown>

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0
const isTime = (value: unknown) => typeof value === 'number' && value >= 0
const areStrings = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string')

const goodName = new RegExp(functionNamePattern)

/** A program in another language declares them too: what does not fit would reach the whole fleet. */
function areFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFunction)
}

function isFunction(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { name, input } = value as Fields
  return typeof name === 'string' && goodName.test(name) && typeof input === 'boolean' && policyFault(value) === undefined
}

const checks: { [T in ChildMessage['type']]: (fields: Fields) => boolean } = {
  ready: ({ functions, skipped, build }) => areFunctions(functions) && areStrings(skipped) && typeof build === 'string',
  broken: ({ message }) => typeof message === 'string',
  done: isDone,
  output: isOutput,
  progress: ({ run, index }) => isCount(run) && isCount(index),
  wait: ({ run }) => isCount(run),
  waited: ({ run }) => isCount(run),
  holds: ({ ttlMs }) => isTime(ttlMs),
  exit: ({ running }) => typeof running === 'boolean',
}

function isOutput({ stream, label, run, index }: Fields): boolean {
  const isKnown = [run, index].every((number) => number === undefined || isCount(number))
  return (stream === 'stdout' || stream === 'stderr') && typeof label === 'string' && isKnown
}

function isDone({ run, count, failed, itemUs, cpuUs, end }: Fields): boolean {
  if (!isCount(run) || !isCount(count) || typeof end !== 'boolean') return false
  return isTime(itemUs) && isTime(cpuUs) && isRising(failed, count)
}

function isRising(failed: unknown, count: number): failed is DoneMessage['failed'] {
  if (!Array.isArray(failed)) return false
  return failed.every((at, i) => isCount(at) && at < count && (i === 0 || at > failed[i - 1]))
}

/** A child's header, or undefined when it is none: functions run in that process and may write anything. */
export function childMessage(header: unknown): ChildMessage | undefined {
  if (typeof header !== 'object' || header === null) return undefined
  const { type } = header as Fields
  if (typeof type !== 'string' || !Object.hasOwn(checks, type)) return undefined
  return checks[type as ChildMessage['type']](header as Fields) ? (header as ChildMessage) : undefined
}
