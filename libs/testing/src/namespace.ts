import { randomBytes } from 'node:crypto'

/** A group name that no other test has: everything of a group has keys of its own. */
export function namespace(): string {
  return `t-${randomBytes(8).toString('hex')}`
}
