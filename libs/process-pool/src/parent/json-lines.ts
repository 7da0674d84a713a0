import { isUtf8 } from 'node:buffer'

/**
 * Whether a body is so many lines of JSON. Asked of programs that are not ours: what they write is stored and sent on as it is, so that one
 * `NaN` (as Python's json writes it) or one line too many would spoil the results of their neighbours.
 */
export function areJsonLines(body: Buffer, count: number): boolean {
  if (!isUtf8(body)) return false
  const lines = body.toString().split('\n')
  return lines.pop() === '' && lines.length === count && lines.every(isJson)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
