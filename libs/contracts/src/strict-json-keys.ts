import { limits } from './limits.ts'
import { keyAt, refuse, trail } from './strict-json-trail.ts'

/** From so many keys on, an object's keys are kept in a set; below, comparing bytes is faster. */
const manyKeys = 16
const bytesOf = (word: string) => Uint8Array.from(word, (letter) => letter.charCodeAt(0))
const proto = bytesOf('__proto__')
const prototype = bytesOf('prototype')

/** The keys of all objects that are open. One for all scans, as `trail` is. */
const starts = new Int32Array(manyKeys * (limits.depth + 1))
const ends = new Int32Array(starts.length)
const counts = new Int32Array(limits.depth + 1)
/** By depth: all keys of an object that has many of them, or escaped ones. */
const names: (Set<string> | undefined)[] = Array.from({ length: limits.depth + 1 })

/** An object begins. */
export function noteObject(): void {
  counts[trail.depth] = 0
  names[trail.depth] = undefined
}

/** Notes the key whose quotes stand at `start` and before `end`. Refuses a forbidden one, and one that the object has already. */
export function noteKey(bytes: Uint8Array, start: number, end: number, escaped: boolean): void {
  const isSpelt = escaped || counts[trail.depth] === manyKeys || names[trail.depth] !== undefined
  if (isSpelt) noteName(bytes, keyAt(bytes, start))
  else noteBytes(bytes, start, end)
}

function noteBytes(bytes: Uint8Array, start: number, end: number): void {
  const { depth } = trail
  if (end - start === proto.length + 2) checkBytes(bytes, start)
  const base = depth * manyKeys
  const top = base + (counts[depth] as number)
  for (let i = base; i < top; i++) if (isSame(bytes, i, start, end)) repeated(bytes)
  starts[top] = start
  ends[top] = end
  counts[depth] = top + 1 - base
}

/** Whether the key of number `i` has the bytes [start, end). */
function isSame(bytes: Uint8Array, i: number, start: number, end: number): boolean {
  const shift = (starts[i] as number) - start
  if ((ends[i] as number) - end !== shift) return false
  for (let at = start + 1; at < end; at++) if (bytes[at] !== bytes[at + shift]) return false
  return true
}

/** For a key of nine bytes, which is the length of both forbidden words. */
function checkBytes(bytes: Uint8Array, start: number): void {
  const is = (word: Uint8Array) => word.every((byte, i) => bytes[start + 1 + i] === byte)
  if (is(proto) || is(prototype)) checkName(bytes, keyAt(bytes, start))
}

function noteName(bytes: Uint8Array, name: string): void {
  const seen = names[trail.depth] ?? namesSoFar(bytes)
  names[trail.depth] = seen
  checkName(bytes, name)
  if (seen.has(name)) repeated(bytes)
  seen.add(name)
}

function namesSoFar(bytes: Uint8Array): Set<string> {
  const base = trail.depth * manyKeys
  const few = starts.subarray(base, base + (counts[trail.depth] as number))
  return new Set(Array.from(few, (start) => keyAt(bytes, start)))
}

function checkName(bytes: Uint8Array, name: string): void {
  if (name === '__proto__') refuse(bytes, 'invalid-json', 'The key __proto__ is not allowed')
  if (name === 'prototype' && isInConstructor(bytes)) refuse(bytes, 'invalid-json', 'The key constructor.prototype is not allowed')
}

function isInConstructor(bytes: Uint8Array): boolean {
  const step = trail.depth > 1 ? (trail.steps[trail.depth - 1] as number) : 0
  return step < 0 && keyAt(bytes, ~step) === 'constructor'
}

function repeated(bytes: Uint8Array): never {
  refuse(bytes, 'invalid-json', 'The same key stands twice in one object')
}
