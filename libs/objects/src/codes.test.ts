import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fits, pack, sizeOf, type TypeCode, unpack } from './codes.ts'

const bits: Partial<Record<TypeCode, [bits: number, signed: boolean]>> = {
  b: [8, true],
  B: [8, false],
  h: [16, true],
  H: [16, false],
  i: [32, true],
  I: [32, false],
  q: [64, true],
  Q: [64, false],
}

test.each(Object.entries(bits) as [TypeCode, [number, boolean]][])(
  'an integer of %s comes back modulo 2^%s, as in C',
  (code, [size, signed]) => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.maxSafeInteger()), (value) => {
        const [back] = unpack(code, pack(code, [value]))
        const wrapped = signed ? BigInt.asIntN(size, BigInt(value)) : BigInt.asUintN(size, BigInt(value))
        expect(BigInt(back ?? -1)).toBe(wrapped)
        expect(fits(code, value)).toBe(wrapped === BigInt(value))
        expect(typeof back).toBe(
          wrapped >= -(2n ** 53n) && wrapped <= 2n ** 53n && Number.isSafeInteger(Number(wrapped)) ? 'number' : 'bigint',
        )
      }),
    )
  },
)

test('floats are rounded to their type', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(unpack('d', pack('d', [value]))).toEqual([value])
      expect(unpack('f', pack('f', [value]))).toEqual([Math.fround(value)])
    }),
  )
})

test('the highest byte comes first', () => {
  expect([...pack('i', [1, -1])]).toEqual([0, 0, 0, 1, 255, 255, 255, 255])
})

test('what is no such number is refused by name', () => {
  expect(() => pack('i', [1.5])).toThrow('1.5 is no integer')
  expect(() => pack('q', [2 ** 60])).toThrow('give a bigint')
  expect(() => pack('d', ['1' as never])).toThrow('1 is no number')
  expect(() => sizeOf('x')).toThrow('"x" is no type code')
  expect(() => sizeOf('toString')).toThrow('is no type code')
})
