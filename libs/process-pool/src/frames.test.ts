import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, frameHead } from './frames.ts'

const messages = fc.array(fc.record({ header: fc.dictionary(fc.string(), fc.jsonValue()), body: fc.uint8Array({ maxLength: 300 }) }), {
  maxLength: 8,
})

test('frames come out as they went in, however the stream is cut', () => {
  const property = fc.property(messages, fc.array(fc.nat(40), { minLength: 1 }), (sent, cuts) => {
    const stream = Buffer.concat(sent.flatMap(({ header, body }) => [frameHead(header, body.length), Buffer.from(body)]))
    const reader = new FrameReader(1 << 20)
    const frames = []
    for (let at = 0, i = 0; at < stream.length; i++) {
      const end = at + 1 + (cuts[i % cuts.length] ?? 0)
      frames.push(...reader.push(stream.subarray(at, end)))
      at = end
    }
    const plain = (value: unknown) => JSON.parse(JSON.stringify(value))
    expect(frames.map(({ header, body }) => [header, [...body]])).toEqual(sent.map(({ header, body }) => [plain(header), [...body]]))
  })
  fc.assert(property)
})

test('a frame beyond the limit, and a header that is no JSON, are refused', () => {
  expect(() => [...new FrameReader(10).push(frameHead({ type: 'done' }, 0))]).toThrow(RangeError)
  expect(() => [...new FrameReader(100).push(Buffer.from([3, 0, 0, 0, 0x7b, 0x7b, 0x0a]))]).toThrow(SyntaxError)
})

test('what stands before a broken frame is read', () => {
  const frames = new FrameReader(100).push(Buffer.concat([frameHead({ type: 'done' }, 0), Buffer.from('no frame at all')]))
  expect(frames.next().value).toMatchObject({ header: { type: 'done' } })
  expect(() => frames.next()).toThrow(RangeError)
})
