import { toBase64 } from '@manyhands/contracts/wire'
import type { Reply } from './method.ts'

/** What a script gives: bytes of text, integers, lists of these, or null. */
export type Raw = Uint8Array | number | null | Raw[]

const utf8 = new TextDecoder()
const text = (raw: Raw | undefined): string =>
  raw instanceof Uint8Array ? utf8.decode(raw) : raw === null || raw === undefined ? 'null' : `${raw}`
const list = (raw: Raw): Raw[] => (Array.isArray(raw) ? raw : [])
const quoted = (raw: Raw | undefined): string => JSON.stringify(text(raw))
const flag = (raw: Raw | undefined): string => (text(raw) === '1' ? 'true' : 'false')

const raises: Record<Reply, (raw: Raw) => string> = {
  nothing: () => 'null',
  flag,
  integer: text,
  number: text,
  value: text,
  values: (raw) => `[${list(raw).map(text).join(',')}]`,
  pair: (raw) => `[${list(raw).map(text).join(',')}]`,
  entries: (raw) => `[${pairs(list(raw)).join(',')}]`,
  bytes: (raw) => (raw instanceof Uint8Array ? `{"$bytes":"${toBase64(raw)}"}` : 'null'),
  grant: (raw) => (Array.isArray(raw) ? `{"token":${quoted(raw[0])},"validityMs":${text(raw[1])}}` : 'null'),
  delivery: (raw) => {
    const [value, delivery, deliveries] = list(raw)
    return `{"value":${text(value)},"delivery":${quoted(delivery)},"deliveries":${text(deliveries)}}`
  },
  nature: (raw) => {
    const [code, flags, size] = list(raw)
    return `{"code":${quoted(code)},"flags":${quoted(flags)},"size":${text(size)}}`
  },
  arrival: (raw) => `{"index":${text(list(raw)[0])},"acts":${flag(list(raw)[1])}}`,
  notice: (raw) => `{"notified":${flag(list(raw)[0])},"levels":${text(list(raw)[1])}}`,
}

function pairs(flat: Raw[]): string[] {
  const found: string[] = []
  for (let i = 0; i < flat.length; i += 2) found.push(`[${text(flat[i])},${text(flat[i + 1])}]`)
  return found
}

/** A script's answer as JSON with tags. */
export const raise = (gives: Reply, raw: Raw): string => raises[gives](raw)
