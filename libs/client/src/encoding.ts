import { decode, encode } from '@manyhands/contracts'
import type { Transport } from '@manyhands/objects'
import { ValueError } from './errors.ts'

/** A value as one line of JSON with tags (docs/wire.md). Throws ValueError, which names `what` it was, for one that can't be sent. */
export function textOf(value: unknown, what: string, index?: number): string {
  try {
    return encode(value, 'tagged')
  } catch (error) {
    throw new ValueError(
      `${what}${index === undefined ? '' : ` ${index}`} cannot be sent: ${error instanceof Error ? error.message : error}`,
      error,
    )
  }
}

/**
 * A value or an error as the server wrote it. The own fields of an error carry tags as values do; but a child in another language may have
 * written them literally (a `$ref`, say): what can't be read as tags is read as it stands.
 */
export function readValue(text: string, sharing?: Transport): unknown {
  try {
    return decode(text, 'tagged', sharing && ((ref) => sharing.live(ref)))
  } catch {
    return JSON.parse(text)
  }
}
