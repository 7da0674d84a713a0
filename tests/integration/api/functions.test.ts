import type { Job } from '@manyhands/contracts'
import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { apiServer } from './server.ts'

/** reliability-rules.md, attack 15: what a function does wrong fails its item alone, by name; the API answers 200. */
const api = apiServer(testRedis())
const map = '/v1/pools/default/map'

const attacks: [name: string, behaviour: object, outcome: object][] = [
  ['returns 100 MB', { do: 'big', bytes: 100_000_000 }, { error: { code: 'result-too-large' } }],
  ['returns a cycle', { do: 'cycle' }, { error: { code: 'result-not-serializable' } }],
  ['returns a BigInt', { do: 'bigint' }, { error: { code: 'result-not-serializable' } }],
  ['returns undefined', { do: 'nothing' }, { value: null }],
  ['throws', { do: 'throw', message: 'no' }, { error: { code: 'function-error', name: 'RangeError', message: 'no' } }],
  ['exits', { do: 'exit', code: 0 }, { error: { code: 'worker-crashed' } }],
  ['kills its process', { do: 'kill', signal: 'SIGKILL' }, { error: { code: 'worker-crashed' } }],
  ['never returns', { do: 'hang' }, { error: { code: 'timeout' } }],
  ['computes for ever', { do: 'spin', ms: 3_600_000 }, { error: { code: 'timeout' } }],
]

test.each(attacks)('a function that %s', { timeout: 40_000 }, async (_name, behaviour, outcome) => {
  const items = [{ do: 'ok', value: 1 }, behaviour, { do: 'ok', value: 3 }]
  // Only what never ends gets a short time: writing 100 MB takes a loaded machine seconds.
  const timeoutMs = JSON.stringify(outcome).includes('"timeout"') ? 2000 : 30_000
  const job = await api.submit(map, { function: 'behave', items, timeoutMs })
  const ended = await api.ended(job.id)
  const response = await api.get(`/v1/jobs/${job.id}/result`)
  expect(response.status).toBe(200)
  const result = (await response.json()) as { values: unknown[]; errors?: { index: number; error: object }[] }
  expect(result.values).toEqual([1, null, 3])
  if ('error' in outcome) {
    expect(ended).toMatchObject({ state: 'failed', items: { total: 3, done: 3, failed: 1 } })
    expect(result.errors).toEqual([{ index: 1, error: expect.objectContaining(outcome.error as object) }])
  } else expect(ended).toMatchObject({ state: 'succeeded', items: { failed: 0 } } satisfies Partial<Record<keyof Job, unknown>>)
})
