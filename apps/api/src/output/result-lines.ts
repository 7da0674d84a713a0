import type { ResultPart } from '@manyhands/jobs'
import { digits, writeNumber } from './number-text.ts'

const LF = 0x0a
const close = Buffer.from('}\n')
const index = Buffer.from('{"index":')
const value = Buffer.from(',"value":')
const error = Buffer.from(',"error":')
/** Bytes that are copied one by one, since that is faster than a call for so few. */
const shortLine = 64

/**
 * A part as NDJSON: `{"index":0,"value":25}`, or `"error"` for an item that failed. Values stay bytes: they are neither parsed nor
 * made strings, which is where the time would go.
 */
export function resultLines({ runs, failed, lines }: ResultPart): Buffer {
  const count = runs.reduce((sum, [from, to]) => sum + to - from, 0)
  const highest = runs.reduce((high, [, to]) => Math.max(high, to), 0)
  const target = Buffer.allocUnsafe(lines.length + count * (index.length + digits(highest) + value.length + 1))
  const writer = { target, at: 0, lines, from: 0 }
  const failures = new Set(failed)
  let line = 0
  for (const [from, to] of runs) {
    for (let item = from; item < to; item++) writeLine(writer, item, failures.size > 0 && failures.has(line++) ? error : value)
  }
  return target.subarray(0, writer.at)
}

interface Writer {
  target: Buffer
  at: number
  lines: Buffer
  /** Where the next line begins. */
  from: number
}

function writeLine(writer: Writer, item: number, name: Buffer): void {
  const { target } = writer
  let at = copyShort(index, target, writer.at)
  at = writeNumber(target, at, item)
  at = copyShort(name, target, at)
  at = copyValue(writer, at)
  writer.at = copyShort(close, target, at)
}

function copyShort(source: Buffer, target: Buffer, at: number): number {
  for (let i = 0; i < source.length; i++) target[at + i] = source[i] as number
  return at + source.length
}

/** Copies up to the next LF, which is stepped over; returns where the copy ends. */
function copyValue(writer: Writer, to: number): number {
  const { lines, target } = writer
  const near = Math.min(writer.from + shortLine, lines.length)
  let at = to
  for (let from = writer.from; from < near; from++) {
    const byte = lines[from] as number
    if (byte === LF) {
      writer.from = from + 1
      return at
    }
    target[at++] = byte
  }
  const end = lines.indexOf(LF, near)
  at += lines.copy(target, at, near, end)
  writer.from = end + 1
  return at
}
