import type { Job } from '@manyhands/contracts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Collected, readResult, stopError } from './outcome.ts'
import type { Values } from './results.ts'

const record = (message: string) => ({ name: 'RangeError', code: 'function-error', message })
const ended = (state: Job['state'], error: { code: string; message?: string } | null = null) => ({ id: 'default~x', state, error }) as Job

function collected(pieces: Values[], job = ended('succeeded')): () => unknown[] {
  const all = new Collected('default~x')
  for (const piece of pieces) all.add(piece)
  return () => all.end(job).list()
}

/** A list of items cut into runs, in any order; items divisible by `bad` failed. */
const runs = fc.tuple(fc.nat({ max: 50 }), fc.array(fc.nat()), fc.integer({ min: 2, max: 9 })).chain(([count, cuts, bad]) => {
  const places = [...new Set([0, count, ...cuts.map((cut) => cut % (count + 1))])].sort((a, b) => a - b)
  const pieces = places.slice(0, -1).map((from, i): Values => {
    const values = Array.from({ length: (places[i + 1] ?? from) - from }, (_, at) => from + at)
    return { from, values, failed: new Set() }
  })
  return fc.tuple(fc.constant(count), fc.shuffledSubarray(pieces, { minLength: pieces.length }), fc.constant(bad))
})

describe('the results of a map', () => {
  it('stand in the order of the items, however they came', () => {
    fc.assert(
      fc.property(runs, ([count, pieces]) => {
        expect(collected(pieces)()).toEqual(Array.from({ length: count }, (_, i) => i))
      }),
    )
  })

  it('throw the failure of the lowest index, however they came', () => {
    fc.assert(
      fc.property(runs, ([count, pieces, bad]) => {
        const failing = pieces.map(({ from, values }) => {
          const failed = new Set(values.flatMap((value, at) => (Number(value) % bad === bad - 1 ? [at] : [])))
          return { from, failed, values: values.map((value, at) => (failed.has(at) ? record(`item ${value}`) : value)) }
        })
        const list = collected(failing, ended('failed', record('item')))
        if (count >= bad) expect(list).toThrow(`item ${bad - 1}`)
      }),
    )
  })

  it('are missed when a run did not come', () => {
    expect(
      collected([
        { from: 0, values: [0], failed: new Set() },
        { from: 2, values: [2], failed: new Set() },
      ]),
    ).toThrow('item 1 did not come')
  })

  it('give way to why the whole job stopped', () => {
    expect(collected([], ended('cancelled', { code: 'cancelled' }))).toThrow(
      expect.objectContaining({ name: 'JobCancelledError', jobId: 'default~x' }),
    )
    const failing = [{ from: 4, values: [record('bad')], failed: new Set([0]) }]
    const thrown = expect.objectContaining({ code: 'too-many-failures', cause: expect.objectContaining({ message: 'bad', index: 4 }) })
    expect(collected(failing, ended('failed', { code: 'too-many-failures', message: 'more than 0' }))).toThrow(thrown)
  })
})

it('an initializer that threw is told by its name', () => {
  const error = { name: 'MyError', code: 'initializer-failed', message: 'no model' }
  expect(collected([], ended('failed', error))).toThrow(expect.objectContaining({ ...error, jobId: 'default~x' }))
  expect(stopError(ended('failed', error))).toMatchObject(error)
  expect(stopError(ended('failed', record('of an item')))).toBeUndefined()
})

describe('a whole result', () => {
  it('is a value, or values, with their tags read', () => {
    expect(readResult('{"value":{"$bigint":"5"}}').value('x')).toBe(5n)
    expect(readResult('{"values":[1,{"$date":"1970-01-01T00:00:00.000Z"}]}').list('x')).toEqual([1, new Date(0)])
  })

  it('throws what the function threw, tags read too', () => {
    const text = '{"error":{"name":"MyError","code":"function-error","message":"no","big":{"$bigint":"7"}}}'
    expect(() => readResult(text).value('x')).toThrow(expect.objectContaining({ name: 'MyError', big: 7n, jobId: 'x' }))
  })

  it('throws the failure of the lowest index', () => {
    const errors = [5, 2, 9].map((index) => ({ index, error: record(`item ${index}`) }))
    const text = JSON.stringify({ error: record('item 5'), values: [], errors })
    expect(() => readResult(text).list('x')).toThrow(expect.objectContaining({ index: 2, message: 'item 2' }))
  })

  it('throws that the job was cancelled', () => {
    const errors = [{ index: 0, error: { code: 'not-run' } }]
    expect(() => readResult(JSON.stringify({ error: { code: 'cancelled' }, values: [null], errors })).list('x')).toThrow(
      expect.objectContaining({ name: 'JobCancelledError' }),
    )
  })

  it('throws why the job ended, caused by an item that ran', () => {
    const errors = [
      { index: 0, error: { code: 'not-run', message: 'the job ended before' } },
      { index: 3, error: record('bad') },
    ]
    const text = JSON.stringify({ error: { code: 'too-many-failures' }, values: [null, null, null, null], errors })
    expect(() => readResult(text).list('x')).toThrow(
      expect.objectContaining({ code: 'too-many-failures', cause: expect.objectContaining({ index: 3, message: 'bad' }) }),
    )
  })
})
