import { expect, test } from 'vitest'
import { SentEvents } from './sse.ts'

const text = 'id: 3\nevent: stdout\ndata: {"text":"hé"}\n\n: \n\nevent: end\ndata: {}\n\ndata: cut'
const events = [
  { type: 'stdout', data: '{"text":"hé"}', id: '3' },
  { type: 'end', data: '{}', id: undefined },
]

test('events come whole, however the stream is cut', () => {
  const bytes = new TextEncoder().encode(text)
  for (const size of [1, 2, 7, bytes.length]) {
    const reader = new SentEvents()
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    expect(pieces.flatMap((piece) => reader.push(piece))).toEqual(events)
  }
})
