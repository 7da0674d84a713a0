import { type ItemError, ProblemError } from './errors.ts'
import { failureLine } from './failure-line.ts'
import { isOwnCode, itemError, type OwnCode } from './item-error.ts'
import type { Wire } from './media.ts'
import { encode, UnserializableError } from './wire.ts'

/** An item fails for a reason that is ours, not the function's. */
export class ItemFailure extends Error {
  readonly code: OwnCode
  /** Beside the error's known fields. */
  readonly fields: Record<string, unknown>

  constructor(code: OwnCode, message: string, fields: Record<string, unknown> = {}) {
    super(message)
    this.code = code
    this.fields = fields
  }
}

/** The error line of an item: ours, or what its function threw. */
export function errorLine(thrown: unknown, { at, wire }: { at: ItemError['at']; wire: Wire }): string {
  if (!(thrown instanceof ItemFailure)) return failureLine(thrown, 'function-error', at, wire)
  return JSON.stringify(itemError(thrown.code, thrown.message, at, thrown.fields))
}

/** What `decodeItem` refused. `fields` say where it stood. */
export function decodeFailure(error: unknown, fields: Record<string, unknown> = {}): unknown {
  if (!(error instanceof ProblemError) || !isOwnCode(error.code)) return error
  return new ItemFailure(error.code, error.message, fields)
}

const utf8 = new TextEncoder()

/** A result as a line of JSON. Throws ItemFailure. */
export function resultLine(result: unknown, wire: Wire, maxBytes: number): string {
  const line = encodeResult(result, wire)
  // a UTF-16 unit takes three bytes at most: most lines are never measured
  const bytes = line.length * 3 <= maxBytes ? 0 : utf8.encode(line).length
  if (bytes > maxBytes)
    throw new ItemFailure('result-too-large', `The result has ${bytes} bytes; the limit is ${maxBytes}`, { bytes, limit: maxBytes })
  return line
}

function encodeResult(result: unknown, wire: Wire): string {
  try {
    return encode(result, wire)
  } catch (error) {
    if (!(error instanceof UnserializableError)) throw error
    throw new ItemFailure('result-not-serializable', error.message.replace(/^The value/, 'The result'), { path: error.path })
  }
}
