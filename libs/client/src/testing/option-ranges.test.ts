import { chunkField, optionFields } from '@manyhands/contracts/schemas'
import { expect, it } from 'vitest'
import { ranges, refuseOptions } from './option-ranges.ts'

interface Schema {
  type?: string
  minimum?: number
  maximum?: number
}

it('the ranges are those of the schemas', () => {
  const schemas = Object.entries<Schema>({ ...optionFields, ...chunkField } as never).filter(([, { type }]) => type === 'integer')
  expect(ranges).toEqual(Object.fromEntries(schemas.map(([name, { minimum, maximum }]) => [name, [minimum, maximum]])))
})

it.each([
  [{ attempts: 0 }, '/attempts'],
  [{ priority: 101 }, '/priority'],
  [{ timeoutMs: 1.5 }, '/timeoutMs'],
  [{ maxFailures: -1 }, '/maxFailures'],
  [{ maxFailures: '101%' }, '/maxFailures'],
])('%j is refused by its place', (options, pointer) => {
  expect(refuseOptions(options)).toMatchObject([{ pointer }])
})

it('what is allowed, or not said, is not', () => {
  expect(refuseOptions({ attempts: 3, maxFailures: '5%', priority: -100, chunkSize: undefined })).toEqual([])
})
