import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, Schedule } from '@manyhands/contracts'
import { closeRedis, connectRedis, groupBase } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stacks: TestStack[]
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ redisUrl: server.url, workers: 1, settings: { MANYHANDS_LEASE_MS: '1000' } })
  // two more APIs of the same group
  const more = await Promise.all(
    [1, 2].map(() =>
      startStack({ redisUrl: server.url, workers: 0, settings: { MANYHANDS_GROUP: stack.group, MANYHANDS_LEASE_MS: '1000' } }),
    ),
  )
  stacks = [stack, ...more]
})
afterAll(() => Promise.all(stacks.map((one) => one.stop())))

const schedule = (body: object) => stack.json<Schedule>('POST', '/v1/schedules', body)
const jobsOf = async (id: string) => (await stack.json<{ jobs: Job[] }>('GET', `/v1/jobs?label.schedule=${id}`)).jobs
const lookAt = (id: string) => stack.json<Schedule>('GET', `/v1/schedules/${id}`)

test('each tick makes one job, however many processes hear of it', async () => {
  const made = await schedule({ id: 'beat', everyMs: 1000, apply: { function: 'add', args: [2, 3] } })
  expect(made).toMatchObject({ id: 'beat', everyMs: 1000, pool: 'default', kind: 'apply', function: 'add', paused: false, ticks: 0 })
  const grid = Date.parse(made.createdAt)
  await eventually(async () => (await lookAt('beat')).ticks >= 3, { timeoutMs: 10_000 })
  await stack.json('POST', '/v1/schedules/beat/pause')
  const { ticks, nextAt, lastJob } = await lookAt('beat')
  const jobs = await jobsOf('beat')
  expect([jobs.length, nextAt, jobs[0]?.id]).toEqual([ticks, null, lastJob])
  const times = jobs.map(({ id }) => Number(id.split('.').pop()))
  expect(new Set(times).size).toBe(ticks)
  expect(times.every((time) => (time - grid) % 1000 === 0)).toBe(true)
  expect(await stack.ended(jobs[0]?.id ?? '')).toMatchObject({ state: 'succeeded', labels: { schedule: 'beat' } })
}, 30_000)

test('a cron expression in a time zone says when it fires next; map bodies fire too', async () => {
  const made = await schedule({
    id: 'by-cron',
    cron: '* * * * * *',
    timeZone: 'Asia/Kolkata',
    map: { function: 'square', items: [1, 2, 3] },
  })
  expect(Date.parse(made.nextAt ?? '') % 1000).toBe(0)
  const [job] = await eventually(async () => {
    const jobs = await jobsOf('by-cron')
    return jobs.length > 0 && jobs
  })
  await stack.call('DELETE', '/v1/schedules/by-cron')
  await stack.ended(job?.id ?? '')
  expect(await stack.json('GET', `/v1/jobs/${job?.id}/result`)).toEqual({ values: [1, 4, 9] })
  expect((await stack.call('GET', '/v1/schedules/by-cron')).status).toBe(404)
})

test('a tick that can make no job says why, and the next one comes', async () => {
  await stack.json('POST', '/v1/pools', { name: 'shut' })
  await stack.json('POST', '/v1/pools/shut/close')
  await schedule({ id: 'unlucky', everyMs: 1000, pool: 'shut', apply: { function: 'square', args: [1] } })
  const failed = await eventually(async () => {
    const one = await lookAt('unlucky')
    return one.lastError !== null && one
  })
  expect(failed).toMatchObject({ lastJob: null, ticks: 0, lastError: expect.stringContaining('pool-closed') })
  expect(failed.nextAt).not.toBeNull()
  await stack.call('DELETE', '/v1/schedules/unlucky')
})

test.each([
  [{ everyMs: 1000 }, 'one of apply, map and starmap'],
  [{ everyMs: 1000, cron: '* * * * *', apply: { function: 'square' } }, 'either cron or everyMs'],
  [{ cron: '61 * * * *', apply: { function: 'square' } }, 'never fires'],
  [{ cron: '* * * * *', timeZone: 'Mars/Olympus', apply: { function: 'square' } }, 'no time zone Mars/Olympus'],
  [{ everyMs: 1000, apply: { function: 'square', id: 'mine' } }, 'ids of their own'],
])('%j is refused', async (body, words) => {
  const answer = await stack.call('POST', '/v1/schedules', body)
  const { code, detail } = (await answer.json()) as { code: string; detail: string }
  expect([answer.status, code, detail]).toEqual([400, 'invalid-parameter', expect.stringContaining(words)])
})

test('a function that nobody has is refused, with what was meant', async () => {
  const answer = await stack.call('POST', '/v1/schedules', { everyMs: 1000, apply: { function: 'squre', args: [1] } })
  expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'function-not-found', didYouMean: 'square' }])
})

test('an id is taken once', async () => {
  await schedule({ id: 'once', everyMs: 60_000, paused: true, apply: { function: 'square' } })
  const answer = await stack.call('POST', '/v1/schedules', { id: 'once', everyMs: 60_000, apply: { function: 'square' } })
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([409, 'schedule-id-taken'])
  expect((await lookAt('once')).nextAt).toBeNull()
  expect(Date.parse((await stack.json<Schedule>('POST', '/v1/schedules/once/resume')).nextAt ?? '')).toBeGreaterThan(Date.now())
})

test('all are listed', async () => {
  await schedule({ id: 'listed', everyMs: 60_000, paused: true, apply: { function: 'square' } })
  const { schedules } = await stack.json<{ schedules: Schedule[] }>('GET', '/v1/schedules')
  expect(schedules.find(({ id }) => id === 'listed')).toEqual(await lookAt('listed'))
  await stack.call('DELETE', '/v1/schedules/listed')
  expect((await stack.json<{ schedules: Schedule[] }>('GET', '/v1/schedules')).schedules.map(({ id }) => id)).not.toContain('listed')
})

test('processes that are killed take no tick along, and what was missed is no burst', async () => {
  await schedule({ id: 'survivor', everyMs: 1000, apply: { function: 'square', args: [2] } })
  await eventually(async () => (await lookAt('survivor')).ticks >= 1)
  for (const { api } of stacks.slice(1)) api.kill('SIGKILL')
  const { ticks } = await lookAt('survivor')
  await eventually(async () => (await lookAt('survivor')).ticks >= ticks + 3, { timeoutMs: 10_000 })
  await stack.call('DELETE', '/v1/schedules/survivor')
  const times = (await jobsOf('survivor')).map(({ id }) => Number(id.split('.').pop()))
  expect(new Set(times).size).toBe(times.length)
  expect(new Set(times.toSorted().map((time, i, all) => time - (all[i - 1] ?? time - 1000)))).toEqual(new Set([1000]))
})

/** The job that followed, ended. */
async function follower(job: Job): Promise<Job> {
  const id = await eventually(async () => (await stack.json<Job>('GET', `/v1/jobs/${job.id}`)).then?.job ?? false)
  return stack.ended(id)
}

test('what follows a job gets its result, once', async () => {
  const job = await stack.json<Job>('POST', '/v1/pools/default/map', {
    function: 'square',
    items: [1, 2, 3],
    then: { function: 'identity' },
  })
  const next = await follower(job)
  expect(await stack.json('GET', `/v1/jobs/${next.id}/result`)).toEqual({ value: [1, 4, 9] })
  const one = await stack.json<Job>('POST', '/v1/pools/default/apply', {
    function: 'add',
    args: [1, 2],
    then: { function: 'square', pool: 'after' },
  })
  expect(await stack.json('GET', `/v1/jobs/${(await follower(one)).id}/result`)).toEqual({ value: 9 })
  expect((await follower(one)).pool).toBe('after')
})

test('a process that dies between the job and what follows it leaves nothing out: it is told again', async () => {
  const redis = connectRedis(server.url, 'store', () => undefined)
  const folder = await mkdtemp(join(tmpdir(), 'mh-then-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const starts = join(folder, 'starts')
  const body = { function: 'identity', args: [starts], then: { function: 'startsIn' } }
  const job = await stack.json<Job>('POST', '/v1/pools/default/apply', body)
  const next = await follower(job)
  // as if nobody had noted that it is done
  await redis.zadd(`${groupBase(stack.group)}:agenda`, 1, `then default ${job.id}`)
  await eventually(async () => (await redis.zscore(`${groupBase(stack.group)}:agenda`, `then default ${job.id}`)) === null, {
    timeoutMs: 15_000,
  })
  await closeRedis(redis)
  expect((await follower(job)).id).toBe(next.id)
  const { jobs } = await stack.json<{ jobs: Job[] }>('GET', '/v1/jobs?function=startsIn')
  expect(jobs.map(({ id }) => id)).toEqual([next.id])
  expect((await readFile(starts, 'utf8')).trim().split('\n')).toHaveLength(1)
}, 30_000)

test('nothing follows a job that failed; and what cannot follow is refused at once', async () => {
  const job = await stack.json<Job>('POST', '/v1/pools/default/apply', {
    function: 'behave',
    args: [{ do: 'throw', message: 'no' }],
    then: { function: 'square' },
  })
  expect(await stack.ended(job.id)).toMatchObject({ state: 'failed', then: { function: 'square', job: null, error: null } })
  const submit = (more: object) => stack.call('POST', '/v1/pools/default/apply', { function: 'square', args: [1], ...more })
  expect((await submit({ then: { function: 'nobodyKnows' } })).status).toBe(404)
  expect((await submit({ then: { function: 'square' }, results: 'discard' })).status).toBe(400)
})
