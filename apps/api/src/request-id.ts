import { randomBytes } from 'node:crypto'

const boot = randomBytes(6).toString('base64url')
let count = 0

/** An id that no other request of any process has. */
export function requestId(): string {
  count += 1
  return `${boot}-${count.toString(36)}`
}
