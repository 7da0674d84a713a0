import { setFlagsFromString } from 'node:v8'

/**
 * Makes the garbage collector mark in one go. A service has a small heap (25 MB) and sends its work through Buffers, whose bytes set off a
 * collection each 64 MB: marking it at once takes 20 ms, in steps between other work 60 to 100 ms (docs/performance.md).
 */
export function markAtOnce(): void {
  setFlagsFromString('--no-incremental-marking')
}
