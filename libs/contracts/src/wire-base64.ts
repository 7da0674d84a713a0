/** Base64 (RFC 4648, padded) for any runtime that has `fetch`; Node's Buffer is not one of them. */

/** Arguments that a call takes without trouble. */
const step = 8192

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += step) binary += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + step))
  return btoa(binary)
}

/** Undefined when the text is not exactly what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array | undefined {
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
