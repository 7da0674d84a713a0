import { elementsOf, type JsonSpan, membersOf, ProblemError } from '@manyhands/contracts'

const LF = 0x0a
const CR = 0x0d

/**
 * The one line of an apply: the array of its arguments as raw text, with kwargs, if there are any, as the last one. It runs like a starmap's.
 * Throws item-too-large.
 */
export function applyLine(raw: ReadonlyMap<string, JsonSpan>, itemBytes: number): Buffer {
  const line = argumentsOf(raw.get('args'), raw.get('kwargs'))
  if (line.length > itemBytes) throw new ProblemError('item-too-large', `the arguments have ${line.length} bytes; the limit is ${itemBytes}`)
  return line
}

function argumentsOf(args: JsonSpan | undefined, kwargs: JsonSpan | undefined): Buffer {
  const list = args === undefined ? Buffer.from('[]') : oneLine(args)
  if (kwargs === undefined || membersOf(kwargs).size === 0) return list
  const isEmpty = args === undefined || elementsOf(args).length === 0
  const before = isEmpty ? Buffer.from('[') : Buffer.concat([list.subarray(0, -1), Buffer.from(',')])
  return Buffer.concat([before, oneLine(kwargs), Buffer.from(']')])
}

/** A value's text without line ends. A JSON string cannot hold one, so all of them are between values. */
export function oneLine({ bytes, start, end }: JsonSpan): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  return text.includes(LF) || text.includes(CR) ? text.filter((byte) => byte !== LF && byte !== CR) as Buffer : text
}
