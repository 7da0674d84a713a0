import { taskStorage } from '@manyhands/functions'
import type { OutputMessage } from '../messages.ts'
import { BurstSource } from './item-task.ts'
import type { Outbox } from './outbox.ts'

type Stream = 'stdout' | 'stderr'

/** Label of what is written outside of any item, while the functions load for example. */
const nobody = 'functions'
/** One message holds no more. */
const pieceBytes = 1 << 20

/**
 * Lets stdout and stderr go to the parent as messages, so that each line has the label of the very item that wrote it, and is there when
 * the process dies right after. What does not go through Node's streams is read by the parent from the descriptors themselves.
 */
export function captureOutput(outbox: Outbox): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    Object.defineProperty(process[stream], 'write', { value: writer(stream, outbox), writable: true, configurable: true })
  }
}

type Done = (error?: Error | null) => void

function writer(stream: Stream, outbox: Outbox) {
  return (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean => {
    const about = aboutOf(taskStorage().getStore())
    const bytes = bytesOf(chunk, encoding)
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      outbox.send({ type: 'output', stream, ...about }, bytes.subarray(at, at + pieceBytes))
    }
    const callback = typeof encoding === 'function' ? encoding : done
    if (callback) process.nextTick(callback)
    return true
  }
}

function bytesOf(chunk: string | Uint8Array, encoding: BufferEncoding | Done | undefined): Buffer {
  if (typeof chunk !== 'string') return Buffer.from(chunk)
  return Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8')
}

function aboutOf(source: unknown): Omit<OutputMessage, 'type' | 'stream'> {
  if (!(source instanceof BurstSource)) return { label: nobody }
  return { label: source.label, run: source.message.run, index: source.index }
}
