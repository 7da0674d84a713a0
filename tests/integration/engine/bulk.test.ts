import type { Job } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: redis.url, settings: { MANYHANDS_PROCESSES: '2' } })
})
afterAll(() => stack.stop())

interface Bulk {
  dryRun: boolean
  count: number
  jobs: string[]
  retries?: string[]
  refused: { id: string; code: string }[]
  cursor: string | null
}
const bulk = (deed: 'cancel' | 'retry', query: string) => stack.json<Bulk>('POST', `/v1/jobs/${deed}?${query}`)
const look = (id: string) => stack.json('GET', `/v1/jobs/${id}`)

async function submit(label: string, fields: object): Promise<string> {
  return (await stack.json('POST', '/v1/pools/bulk/map', { labels: { of: label }, ...fields })).id
}

/** Jobs of one item that fails, or of two of which the second does. */
async function failing(label: string, count: number): Promise<string[]> {
  const items = [
    { do: 'ok', value: 1 },
    { do: 'throw', message: 'x' },
  ]
  const ids = await Promise.all(Array.from({ length: count }, () => submit(label, { function: 'behave', items })))
  await Promise.all(ids.map((id) => stack.ended(id)))
  return ids
}

test('cancel: those that live and fit, and no others', async () => {
  const [over = ''] = await failing('these', 1)
  const kept = await submit('other', { function: 'later', items: [300], args: [1] })
  const meant = await Promise.all([1, 2, 3].map(() => submit('these', { function: 'spin', items: [60_000, 60_000] })))
  const dry = await bulk('cancel', 'label.of=these&function=spin&dryRun=true')
  expect([dry.dryRun, dry.count, [...dry.jobs].sort(), dry.cursor]).toEqual([true, 3, [...meant].sort(), null])
  expect((await Promise.all(meant.map(look))).map((job) => job.finishedAt)).toEqual([null, null, null])
  const done = await bulk('cancel', 'label.of=these')
  expect([done.count, [...done.jobs].sort(), done.refused]).toEqual([3, [...meant].sort(), []])
  expect(done).not.toHaveProperty('retries')
  expect((await Promise.all(meant.map(look))).map((job) => job.state)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  expect((await look(over)).state).toBe('failed')
  expect((await stack.ended(kept)).state).toBe('succeeded')
  expect(await bulk('cancel', 'label.of=these')).toMatchObject({ count: 0, jobs: [], cursor: null })
})

test('retry: only failed items, each job once, also when it is asked for again', async () => {
  const meant = await failing('again', 3)
  const fine = await submit('again', { function: 'square', items: [1] })
  await stack.ended(fine)
  const dry = await bulk('retry', 'label.of=again&dryRun=true')
  expect([[...dry.jobs].sort(), dry.retries]).toEqual([[...meant].sort(), []])
  const done = await bulk('retry', 'label.of=again&state=failed')
  expect([...done.jobs].sort()).toEqual([...meant].sort())
  const retries = await Promise.all((done.retries ?? []).map((id) => stack.ended(id)))
  expect(retries.map((job) => [job.retryOf, job.items.total])).toEqual(done.jobs.map((id) => [id, 1]))
  expect((await look(done.jobs[0] ?? '')).retriedAs).toBe(done.retries?.[0])
  // the retries have failed too: they are meant now, and those that they run again are not
  const next = await bulk('retry', 'label.of=again')
  expect([...next.jobs].sort()).toEqual([...(done.retries ?? [])].sort())
})

test('a retry that was cancelled, or forgotten, is none', async () => {
  const [id = ''] = await failing('undone', 1)
  const first = await bulk('retry', 'label.of=undone')
  await stack.ended(first.retries?.[0] ?? '')
  await stack.json('DELETE', `/v1/jobs/${first.retries?.[0]}`)
  expect((await bulk('retry', 'label.of=undone&dryRun=true')).jobs).toEqual([id])
})

test('what cannot be done is told, and the others are done', async () => {
  const [gone = ''] = await failing('closed', 1)
  await stack.json('POST', '/v1/pools/bulk/close')
  const done = await bulk('retry', 'label.of=closed')
  expect(done).toMatchObject({ count: 0, refused: [{ id: gone, code: 'pool-closed' }] })
  await stack.json('DELETE', '/v1/pools/bulk')
})

test('a request takes so many, and its cursor goes on', async () => {
  const meant = await Promise.all(Array.from({ length: 5 }, () => submit('many', { function: 'later', items: [20_000], args: [0] })))
  const found: string[] = []
  let cursor = ''
  do {
    const step = await bulk('cancel', `label.of=many&limit=2${cursor}`)
    expect(step.count).toBeLessThanOrEqual(2)
    found.push(...step.jobs)
    cursor = step.cursor === null ? '' : `&cursor=${step.cursor}`
  } while (cursor !== '')
  expect(found.sort()).toEqual(meant.sort())
})

test('nothing, and what makes no sense, is refused', async () => {
  const refusal = async (deed: string, query: string) => {
    const response = await stack.call('POST', `/v1/jobs/${deed}${query}`)
    return [response.status, ((await response.json()) as { code: string }).code]
  }
  expect(await refusal('cancel', '')).toEqual([400, 'filter-required'])
  expect(await refusal('retry', '?dryRun=true&limit=5')).toEqual([400, 'filter-required'])
  expect(await refusal('cancel', '?state=failed')).toEqual([400, 'invalid-parameter'])
  expect(await refusal('retry', '?state=running')).toEqual([400, 'invalid-parameter'])
  expect(await refusal('cancel', '?all=false')).toEqual([400, 'invalid-parameter'])
  expect(await refusal('cancel', '?owner=me')).toEqual([400, 'unknown-field'])
  const live = await submit('last', { function: 'later', items: [20_000], args: [0] })
  await eventually(async () => ((await look(live)) as Job).state === 'running')
  expect((await bulk('cancel', 'all=true')).jobs).toEqual([live])
})
