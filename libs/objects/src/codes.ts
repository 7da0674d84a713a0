/** C types by Python's codes: sizes in bytes, as on 64-bit Linux. Bytes stand with the highest first. */
export type TypeCode = 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'l' | 'L' | 'q' | 'Q' | 'f' | 'd'

interface CType {
  bytes: number
  write(view: DataView, at: number, value: number): void
  read(view: DataView, at: number): number | bigint
}

const integer = (bits: number, signed: boolean): CType => ({
  bytes: bits / 8,
  write: (view, at, value) => writeInteger(view, at, bits, asInteger(value)),
  read: (view, at) => readInteger(view, at, bits, signed),
})
const long = integer(64, true)
const unsignedLong = integer(64, false)

const types: Record<TypeCode, CType> = {
  b: integer(8, true),
  B: integer(8, false),
  h: integer(16, true),
  H: integer(16, false),
  i: integer(32, true),
  I: integer(32, false),
  l: long,
  L: unsignedLong,
  q: long,
  Q: unsignedLong,
  f: { bytes: 4, write: (view, at, value) => view.setFloat32(at, asFloat(value)), read: (view, at) => view.getFloat32(at) },
  d: { bytes: 8, write: (view, at, value) => view.setFloat64(at, asFloat(value)), read: (view, at) => view.getFloat64(at) },
}

/** Wraps, as C does: 128 into a signed byte is -128. */
function writeInteger(view: DataView, at: number, bits: number, value: number | bigint): void {
  if (bits === 64) view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)))
  else if (bits === 32) view.setInt32(at, small(value, 32))
  else if (bits === 16) view.setInt16(at, small(value, 16))
  else view.setInt8(at, small(value, 8))
}

/** DataView keeps the low bits of a number within 2^53 by itself. */
const small = (value: number | bigint, bits: number): number => (typeof value === 'bigint' ? Number(BigInt.asIntN(bits, value)) : value)

function readInteger(view: DataView, at: number, bits: number, signed: boolean): number | bigint {
  if (bits === 64) return narrow(signed ? view.getBigInt64(at) : view.getBigUint64(at))
  if (bits === 32) return signed ? view.getInt32(at) : view.getUint32(at)
  if (bits === 16) return signed ? view.getInt16(at) : view.getUint16(at)
  return signed ? view.getInt8(at) : view.getUint8(at)
}

/** A number where that is exact. */
const narrow = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value

function asInteger(value: unknown): number | bigint {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return value as number | bigint
  throw new TypeError(
    `${String(value)} is no integer${typeof value === 'number' && Number.isInteger(value) ? ' that a double holds exactly: give a bigint' : ''}`,
  )
}

function asFloat(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw new TypeError(`${String(value)} is no number`)
}

/** Bytes of one number. Throws TypeError for a code that is none. */
export function sizeOf(code: string): number {
  const type = Object.hasOwn(types, code) ? types[code as TypeCode] : undefined
  if (!type) throw new TypeError(`"${code}" is no type code; there are ${Object.keys(types).join(' ')}`)
  return type.bytes
}

/** Numbers as bytes; integers wrap, as in C. Throws TypeError for what is no number, and for 1.5 into an integer type. */
export function pack(code: TypeCode, values: readonly (number | bigint)[]): Uint8Array<ArrayBuffer> {
  const { bytes, write } = types[code]
  const packed = new Uint8Array(values.length * bytes)
  const view = new DataView(packed.buffer)
  for (let i = 0; i < values.length; i++) write(view, i * bytes, values[i] as number)
  return packed
}

/** What `pack` wrote: numbers, and bigints beyond 2^53. */
export function unpack(code: TypeCode, packed: Uint8Array): (number | bigint)[] {
  const { bytes, read } = types[code]
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  return Array.from({ length: packed.length / bytes }, (_, i) => read(view, i * bytes))
}

/** Whether `pack` would keep the value as it is: a Manager's Array refuses the others. */
export function fits(code: TypeCode, value: number | bigint): boolean {
  const [back] = unpack(code, pack(code, [value]))
  return code === 'f' || code === 'd' || back === value || BigInt(back ?? 0) === BigInt(value)
}
