import { randomBytes } from 'node:crypto'

/** A new job id of a group: `<group>~<22 base64url characters of 128 random bits>`, or the caller's own id behind the tilde. */
export function newJobId(group: string, own?: string): string {
  return `${group}~${own ?? randomBytes(16).toString('base64url')}`
}
