/**
 * JSON bodies of submits: their options are parsed, their values stay raw text (engine.md: Input). The parsed `fields` have an empty array or
 * object in the place of values that were cut out, so that a schema can judge the whole body; use the rest only when it has.
 */

import type { JsonSpan } from '@manyhands/contracts'
import { elementsOf, isArray, isObject, limits, membersOf, ProblemError, parseSpan, scanJson } from '@manyhands/contracts'
import type { Block } from './block.ts'
import { squeeze, squeezeElements, squeezeLines } from './json-squeeze.ts'
import { LineCutter } from './line-cutter.ts'

export interface BodySizes {
  /** Largest item, in bytes. */
  itemBytes: number
  /** Largest block, in bytes, but for one larger item. */
  blockBytes?: number
}

/** The body of a map or starmap. */
export interface MapText {
  fields: unknown
  /** The elements of `items`. */
  blocks: Block[]
  items: number
  /** Raw text of `args`; undefined when it is absent or empty. */
  constants: string | undefined
}

/** The body of an apply: one call, or `calls`. */
export interface ApplyText {
  fields: unknown
  /** Whether the body has `calls`. */
  many: boolean
  /** By call: the JSON array of its arguments, kwargs as the last one unless they are absent or empty. */
  lines: Buffer[]
}

/** Throws ProblemError for what `scanJson` refuses, and `item-too-large`. */
export function readMap(body: Uint8Array, sizes: BodySizes): MapText {
  const json = scanJson(body)
  const members = membersOf(json)
  const items = members.get('items')
  const args = members.get('args')
  const constants = args && isArray(args) ? squeeze(args).toString() : '[]'
  return { fields: parseBody(json, members), ...cutItems(items, sizes), constants: constants === '[]' ? undefined : constants }
}

/** Throws ProblemError for what `scanJson` refuses, and `item-too-large`. */
export function readApply(body: Uint8Array, sizes: BodySizes): ApplyText {
  const json = scanJson(body)
  const members = membersOf(json)
  const calls = members.get('calls')
  if (calls && isArray(calls)) return readCalls(members, calls, sizes)
  return { fields: parseBody(json, members), many: calls !== undefined, lines: [lineOf(members, sizes, '')] }
}

function readCalls(members: Map<string, JsonSpan>, calls: JsonSpan, sizes: BodySizes): ApplyText {
  const spans = elementsOf(calls)
  const each = spans.map(membersOf)
  const fields = each.map((call, i) => parseBody(spans[i] as JsonSpan, call))
  members.delete('calls')
  return { fields: { ...fieldsOf(members), calls: fields }, many: true, lines: each.map((call, i) => lineOf(call, sizes, `/calls/${i}`)) }
}

function cutItems(items: JsonSpan | undefined, sizes: BodySizes): { blocks: Block[]; items: number } {
  if (!items || !isArray(items)) return { blocks: [], items: 0 }
  const lines = squeezeLines(items)
  const cutter = new LineCutter({ ...sizes, blockBytes: Math.min(sizes.blockBytes ?? limits.block, lines.length) })
  return { blocks: [...cutter.push(lines), ...cutter.end()], items: cutter.items }
}

/** A value of which `members` are the members, if it is an object. */
function parseBody(json: JsonSpan, members: Map<string, JsonSpan>): unknown {
  return isObject(json) ? fieldsOf(members) : parseSpan(json)
}

/** The members of an object, parsed, but for its values. */
function fieldsOf(members: Map<string, JsonSpan>): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of members) fields[key] = isCutOut(key, value) ? placeholder(value) : parseSpan(value)
  return fields
}

const isCutOut = (key: string, value: JsonSpan) =>
  ((key === 'items' || key === 'args') && isArray(value)) || (key === 'kwargs' && isObject(value))
const placeholder = (value: JsonSpan) => (isArray(value) ? [] : {})

function lineOf(members: Map<string, JsonSpan>, sizes: BodySizes, pointer: string): Buffer {
  const args = members.get('args')
  const kwargs = members.get('kwargs')
  const values = args && isArray(args) ? squeezeElements(args).toString() : ''
  const named = kwargs && isObject(kwargs) ? squeeze(kwargs).toString() : '{}'
  const parts = [values, named === '{}' ? '' : named].filter((text) => text !== '')
  const line = Buffer.from(`[${parts.join(',')}]`)
  if (line.length > sizes.itemBytes) throw tooLarge(sizes, pointer)
  return line
}

function tooLarge(sizes: BodySizes, pointer: string): ProblemError {
  const detail = `The arguments are larger than the limit of ${sizes.itemBytes} bytes`
  return new ProblemError('item-too-large', detail, { errors: [{ pointer, detail }] })
}
