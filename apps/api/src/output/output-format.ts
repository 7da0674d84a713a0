import { StringDecoder } from 'node:string_decoder'
import type { ProcessRecord } from '@manyhands/contracts'
import type { OutputEvent } from '@manyhands/jobs'
import { sentEvent, signOfLife } from './sent-event.ts'

/** How what a process writes is told: each event as text or bytes. */
export interface OutputFormat {
  contentType: string
  write(event: OutputEvent): string | Buffer
}

/** As it was written, both streams; what was dropped is a line in its place. */
export const plainOutput = (only: 'stdout' | 'stderr' | undefined): OutputFormat => ({
  contentType: 'text/plain; charset=utf-8',
  write(event) {
    if (event.type === 'dropped') return `[${event.bytes} bytes dropped]\n`
    return event.type === 'piece' && (!only || only === event.stream) ? event.bytes : ''
  },
})

/** Server-sent events `stdout`, `stderr`, `dropped` and `end`; their ids are the bytes written so far, to go on from. */
export function sentOutput(only: 'stdout' | 'stderr' | undefined): OutputFormat {
  // a piece may end within a character
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  return {
    contentType: 'text/event-stream; charset=utf-8',
    write(event) {
      if (event.type === 'idle') return signOfLife
      if (event.type === 'end') return sentEvent('end', endOf(event.process))
      if (event.type === 'dropped') return sentEvent('dropped', { bytes: event.bytes }, event.end)
      const text = decoders[event.stream].write(event.bytes)
      return only && only !== event.stream ? '' : sentEvent(event.stream, { text }, event.end)
    },
  }
}

const endOf = (process: ProcessRecord | undefined) => ({ state: process?.state ?? null, exitCode: process?.exitCode ?? null })
