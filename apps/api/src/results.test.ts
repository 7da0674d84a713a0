import type { Job } from '@manyhands/contracts'
import type { ResultEvent } from '@manyhands/jobs'
import { expect, test } from 'vitest'
import { gathered } from './results.ts'

const job = { id: 'default~x', kind: 'map', state: 'succeeded', error: null } as Job
const part: ResultEvent = { type: 'part', part: { runs: [[0, 1]], failed: [], lines: Buffer.from('1\n') } }

async function* eventsOf(...events: ResultEvent[]) {
  yield* events
}

test('events without their end are those of a server that stops: no 200 with what came so far', async () => {
  expect((await gathered(job, eventsOf(part, { type: 'end', job }), 100)).toString()).toBe('{"values":[1]}\n')
  for (const cut of [eventsOf(part), eventsOf()])
    await expect(gathered(job, cut, 100)).rejects.toMatchObject({ code: 'stopping', status: 503, retryAfter: 1 })
})
