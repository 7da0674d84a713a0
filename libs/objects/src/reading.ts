import { decode, encode } from '@manyhands/contracts/wire'
import { type TypeCode, unpack } from './codes.ts'
import type { ObjectRef, ObjectType } from './ref.ts'

/** How all of an object is read. */
export interface Reading {
  method: string
  args: readonly unknown[]
  /** Its answer as it is shown; both are JSON with tags. */
  show(answer: string): string
}

/** The method that reads all of it; of those that hold nothing, the one that says how they stand. */
const whole: Record<Exclude<ObjectType, 'array' | 'value'>, string> = {
  barrier: 'nWaiting',
  'bounded-semaphore': 'getValue',
  condition: 'version',
  counter: 'get',
  dict: 'items',
  event: 'isSet',
  'joinable-queue': 'size',
  list: 'slice',
  lock: 'locked',
  namespace: 'items',
  pipe: 'version',
  queue: 'size',
  rlock: 'locked',
  semaphore: 'getValue',
  set: 'values',
  'simple-queue': 'size',
}

const asItIs = (answer: string): string => answer

/** @param nature asks a Value or an Array what it was made with, as JSON */
export async function readingOf({ type }: ObjectRef, nature: () => Promise<string>): Promise<Reading> {
  if (type !== 'value' && type !== 'array') return { method: whole[type], args: [], show: asItIs }
  const { code } = JSON.parse(await nature()) as { code: TypeCode | '*' }
  if (code === '*') return { method: 'getAny', args: [], show: asItIs }
  const show = (answer: string) => {
    const numbers = unpack(code, decode(answer, 'tagged') as Uint8Array)
    return encode(type === 'value' ? numbers[0] : numbers, 'tagged')
  }
  return { method: 'read', args: [code], show }
}
