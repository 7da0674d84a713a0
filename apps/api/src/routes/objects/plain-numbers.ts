import { encode, ProblemError, type Wire } from '@manyhands/contracts'
import { anythingOf, type Method, numbersOf, type ObjectRef, type ObjectType, pack, type TypeCode, unpack } from '@manyhands/objects'
import type { Door, ObjectAnswer } from '@manyhands/shared-state'
import { prepared, problemOf } from './door.ts'

type Fields = Record<string, unknown>

/** Of an Array that is made by its size. */
const mostNumbers = 2_000_000

/** Plain JSON has no bytes: in it, numbers of a C type stand for them, and their code need not be said. */
export const speaksNumbers = (type: ObjectType, wire: Wire): boolean => wire === 'plain' && (type === 'value' || type === 'array')

/** The C type of a Value or an Array. Throws object-not-found. */
export async function codeOf(door: Door, object: ObjectRef): Promise<string> {
  const nature = prepared({ object, method: 'nature', args: [] })
  if ('error' in nature) throw problemOf(nature.error)
  const [answer] = (await door.operate([nature], {})) as [ObjectAnswer]
  if (answer === 'waits') throw new Error('nature() does not wait')
  if ('error' in answer) throw problemOf(answer.error)
  return (JSON.parse(answer.value) as { code: string }).code
}

/** Arguments with bytes in place of numbers. Throws type-error. */
export function withBytesFor({ takes }: Method, asked: Fields, code: string): Fields {
  const entries = Object.entries(takes).flatMap(([name, kind]): [string, unknown][] => {
    if (kind.startsWith('code')) return [[name, asked[name] ?? code]]
    return kind.startsWith('bytes') && name in asked ? [[name, bytesOf(asked[name], code, name)]] : []
  })
  return { ...asked, ...Object.fromEntries(entries) }
}

/** The answer with numbers in place of bytes. */
export function withNumbersFor({ takes }: Method, answer: ObjectAnswer, code: string): ObjectAnswer {
  if (answer === 'waits' || 'error' in answer || !answer.bytes) return answer
  const numbers = unpack(code as TypeCode, answer.bytes)
  return { value: encode(Object.hasOwn(takes, 'index') ? numbers[0] : numbers, 'tagged') }
}

/** What a Value or an Array is made with: its code, and `value`, `values` or `size`. Throws unknown-field, type-error. */
export function creationOfNumbers({ code = 'i', value = 0, values, size, ...strange }: Fields): unknown[] {
  const [odd] = Object.keys(strange)
  if (odd !== undefined)
    throw new ProblemError('unknown-field', 'meant are code, value, values, size', {
      errors: [{ pointer: `/${odd.slice(0, 64)}`, detail: 'is nothing it is made with' }],
    })
  if (code === '*') return anythingOf(value)
  const content = typeof size === 'number' ? sizeOf(size) : ((values ?? [value]) as number[])
  return asTypeError('it cannot be made', () => numbersOf(code as TypeCode, content, []))
}

/** What a body could bring at most is the most that may be asked for. */
function sizeOf(size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= mostNumbers) return size
  throw new ProblemError('type-error', `a size of ${size}: meant is a whole number from 0 to ${mostNumbers}`)
}

function bytesOf(given: unknown, code: string, name: string): Uint8Array {
  return asTypeError(name, () => pack(code as TypeCode, (Array.isArray(given) ? given : [given]) as number[]))
}

function asTypeError<T>(what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new ProblemError('type-error', `${what}: ${error instanceof Error ? error.message : error}`)
  }
}
