import type { OutputEvent } from '@manyhands/jobs'
import { expect, test } from 'vitest'
import { plainOutput, sentOutput } from './output-format.ts'

const half = Buffer.from('é')
const events: OutputEvent[] = [
  { type: 'dropped', bytes: 7, end: 7 },
  { type: 'piece', stream: 'stdout', bytes: half.subarray(0, 1), end: 8 },
  { type: 'piece', stream: 'stderr', bytes: Buffer.from('no\n'), end: 11 },
  { type: 'piece', stream: 'stdout', bytes: half.subarray(1), end: 12 },
  { type: 'idle' },
]

test('as text: bytes as they were written, of one stream or of both', () => {
  const all = (only?: 'stdout' | 'stderr') => Buffer.concat(events.map((event) => Buffer.from(plainOutput(only).write(event))))
  expect(all('stdout').toString()).toBe('[7 bytes dropped]\né')
  expect(all('stderr').toString()).toBe('[7 bytes dropped]\nno\n')
  expect(all().length).toBe(18 + 5)
})

test('as events: no character is cut, and each says how far it is', () => {
  const format = sentOutput(undefined)
  expect(events.map((event) => format.write(event))).toEqual([
    'id: 7\nevent: dropped\ndata: {"bytes":7}\n\n',
    'id: 8\nevent: stdout\ndata: {"text":""}\n\n',
    'id: 11\nevent: stderr\ndata: {"text":"no\\n"}\n\n',
    'id: 12\nevent: stdout\ndata: {"text":"é"}\n\n',
    ': \n\n',
  ])
  expect(format.write({ type: 'end', process: undefined })).toBe('event: end\ndata: {"state":null,"exitCode":null}\n\n')
})
