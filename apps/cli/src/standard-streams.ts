import type { Writable } from 'node:stream'

/** Writes to a stream and waits while it is full. Returns false when nobody reads it any more (`| head`). */
export async function write(stream: Writable, text: string): Promise<boolean> {
  if (stream.destroyed) return false
  if (stream.write(text)) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const drained = () => resolve(true)
  const closed = () => resolve(false)
  stream.once('drain', drained).once('close', closed)
  const open = await promise
  stream.off('drain', drained).off('close', closed)
  return open
}

/** Resolves when all that was written has left this process, or nobody reads it any more. An exit would cut what waits in a pipe. */
export async function flush(stream: Writable): Promise<void> {
  if (stream.destroyed) return
  await new Promise<void>((resolve) => {
    stream.once('close', resolve)
    stream.write('', () => resolve())
  })
}

/** A reader that leaves (`| head`) is no failure: whoever writes learns it by `write`. */
export function forgiveLeavers(...streams: Writable[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
