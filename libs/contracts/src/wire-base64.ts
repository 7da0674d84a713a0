/** Base64 (RFC 4648, padded) for any runtime that has `fetch`; Node's Buffer, where there is one, is 20 times as fast. */

type NativeBytes = ArrayLike<number> & { toString(encoding: 'base64'): string }
interface NativeBase64 {
  from(bytes: ArrayBufferLike, offset: number, length: number): NativeBytes
  from(text: string, encoding: 'base64'): NativeBytes
}
const Native = (globalThis as { Buffer?: NativeBase64 }).Buffer

/** Node passes over what is no base64. */
function fromNative(native: NativeBase64, text: string): Uint8Array | undefined {
  const bytes = native.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}

/** Arguments that a call takes without trouble. */
const step = 8192

export function toBase64(bytes: Uint8Array): string {
  if (Native) return Native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  let binary = ''
  for (let at = 0; at < bytes.length; at += step) binary += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + step))
  return btoa(binary)
}

/** Undefined when the text is not exactly what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (Native) return fromNative(Native, text)
  const binary = decodeBinary(text)
  if (binary === undefined || btoa(binary) !== text) return undefined
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

function decodeBinary(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}
