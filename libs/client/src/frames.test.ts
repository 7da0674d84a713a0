import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManyhandsError } from './errors.ts'
import { FrameReader } from './frames.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (raw: Uint8Array): string => new TextDecoder().decode(raw)

interface Spec {
  runs: [number, number][]
  failed: number[]
  lines: string
}

const spec: fc.Arbitrary<Spec | 'keepAlive'> = fc.oneof(
  fc.constant('keepAlive' as const),
  fc.record({
    runs: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
    failed: fc.array(fc.nat()),
    lines: fc.array(fc.string({ unit: 'grapheme' })).map((lines) => lines.map((line) => JSON.stringify(line) + '\n').join('')),
  }),
)

function stream(specs: (Spec | 'keepAlive')[]): Uint8Array {
  const frames = specs.map((each) => {
    if (each === 'keepAlive') return '{"keepAlive":true}\n'
    return JSON.stringify({ runs: each.runs, failed: each.failed, bytes: bytes(each.lines).length }) + '\n' + each.lines
  })
  return bytes(`${frames.join('')}{"end":{"id":"default~x","state":"succeeded"}}\n`)
}

/** Cuts a stream at the given places. */
function pieces(whole: Uint8Array, cuts: number[]): Uint8Array[] {
  const places = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b)
  return [...places, whole.length].map((place, i) => whole.subarray(places[i - 1] ?? 0, place))
}

describe('a stream of parts', () => {
  it('is the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(spec), fc.array(fc.nat(), { maxLength: 20 }), (specs, cuts) => {
        const reader = new FrameReader()
        const parts = pieces(stream(specs), cuts).flatMap((piece) => reader.push(piece))
        expect(parts.map(({ runs, failed, lines }) => ({ runs, failed, lines: text(lines) }))).toEqual(
          specs.filter((each) => each !== 'keepAlive' && each.lines !== ''),
        )
        expect(reader.complete).toBe(specs.length + 1)
        expect(reader.end?.state).toBe('succeeded')
      }),
    )
  })

  it('can come byte by byte', () => {
    const reader = new FrameReader()
    const whole = stream([{ runs: [[0, 2]], failed: [], lines: '1\n"ü"\n' }])
    const parts = Array.from(whole, (byte) => reader.push(new Uint8Array([byte]))).flat()
    expect(parts.map((part) => text(part.lines))).toEqual(['1\n"ü"\n'])
  })

  it('has no end before its last line is whole', () => {
    const reader = new FrameReader()
    const whole = stream([])
    reader.push(whole.subarray(0, -1))
    expect(reader.end).toBeUndefined()
    reader.push(whole.subarray(-1))
    expect(reader.end).toBeDefined()
  })

  it('is refused when it is something else', () => {
    expect(() => new FrameReader().push(bytes('<html>\n'))).toThrow(ManyhandsError)
  })
})
