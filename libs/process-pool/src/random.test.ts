import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Behaviour } from './fixtures/functions.ts'
import { brief, runIn, sliceOf, startPool } from './fixtures/pool.ts'

/** What an item does, and what must become of it. */
const outcomes: [weight: number, behaviour: Behaviour, outcome: string][] = [
  [60, { do: 'ok', value: 'good' }, 'good'],
  [5, { do: 'slow', size: 2, value: 'good' }, 'good'],
  [6, { do: 'throw', text: 'x' }, 'function-error'],
  [2, { do: 'throwExploding' }, 'function-error'],
  [2, { do: 'cycle' }, 'result-not-serializable'],
  [2, { do: 'big', size: 3000 }, 'result-too-large'],
  [2, { do: 'reject', text: 'x', value: 1 }, 'function-error'],
  [1, { do: 'throwLater', text: 'x', value: 1 }, 'function-error'],
  [1, { do: 'exit', size: 0 }, 'worker-crashed'],
  [1, { do: 'kill' }, 'worker-crashed'],
  [1, { do: 'hang' }, 'timeout'],
]

const item = fc.oneof(...outcomes.map(([weight, behaviour, outcome]) => ({ weight, arbitrary: fc.constant({ behaviour, outcome }) })))
const slice = fc.record({ name: fc.constantFrom('act', 'actNow', 'actLater'), items: fc.array(item, { minLength: 1, maxLength: 40 }) })

test('whatever the items do, each one has exactly one outcome, and it is its own', { timeout: 120_000 }, async () => {
  const pool = await startPool({ processes: 2, maxResultBytes: 2000 })
  const property = fc.asyncProperty(fc.array(slice, { minLength: 1, maxLength: 4 }), async (slices) => {
    const given = slices.map(({ name, items }) =>
      sliceOf(
        name,
        items.map(({ behaviour }) => behaviour),
        { timeoutMs: 250 },
      ),
    )
    const collector = await runIn(pool, ...given)
    const expected = slices.map(({ items }) => items.map(({ outcome }) => outcome))
    expect(slices.map((_, i) => brief(collector.list(i)))).toEqual(expected)
  })
  await fc.assert(property, { numRuns: 8, endOnFailure: true })
})
