import { randomFillSync } from 'node:crypto'

const idBytes = 16
/** Random bytes for the next ids: one system call serves many. */
const pool = Buffer.alloc(idBytes * 256)
let used = pool.length

/** A new job id of a group: `<group>~<22 base64url characters of 128 random bits>`, or the caller's own id behind the tilde. */
export function newJobId(group: string, own?: string): string {
  return `${group}~${own ?? randomId()}`
}

function randomId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += idBytes
  return pool.toString('base64url', used - idBytes, used)
}
