import { createDeliveryQueue } from '@manyhands/queue'
import { closeRedis, connectRedis, type Redis } from '@manyhands/redis'
import { namespace, testRedis, webhookReceiver } from '@manyhands/testing'
import { createWakeups } from '@manyhands/wakeups'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WebhooksContext, webhooksContext } from './context.ts'
import { createDeliverer } from './deliverer.ts'
import { getDelivery, listDeliveries, makeDeliveries } from './deliveries.ts'
import { rangesOf } from './policy.ts'

const server = testRedis()
const opened: Redis[] = []
const onError = (error: Error) => {
  throw error
}
let addresses: string[] = []
let context: WebhooksContext
let stop: () => Promise<void>

beforeEach(() => {
  const group = namespace()
  const [redis, subscriber] = [connectRedis(server.url, 'store', onError), connectRedis(server.url, 'subscriber', onError)]
  opened.push(redis, subscriber)
  const queue = createDeliveryQueue(redis, group, onError)
  stop = () => queue.stop()
  context = webhooksContext({
    redis,
    group,
    tenant: 'default',
    queue,
    wakeups: createWakeups(subscriber, group, onError),
    policy: {
      http: false,
      ports: [443],
      allow: rangesOf(['127.0.0.1/32']),
      secret: undefined,
      delaysMs: [10, 10],
      publicUrl: undefined,
    },
    told: async () => undefined,
    result: async () => undefined,
    lookup: async () => addresses,
    onError,
  })
})
afterEach(async () => {
  await stop()
  await Promise.all(opened.splice(0).map(closeRedis))
})

const id = `whd_${'a'.repeat(22)}`
const secret = `whsec_${Buffer.from('a'.repeat(24)).toString('base64')}`
const delivery = (url: string) => ({ id, event: 'msg_a', type: 'job.succeeded', job: 'default~a', endpoint: '', url, secret, body: '{}' })

test('attack 12: a name that is public at submit and inside at delivery: recorded, tried by schedule, exhausted', async () => {
  await makeDeliveries(context, [delivery('https://rebound.example/')])
  const deliver = createDeliverer(context)
  for (const [number, found] of [['127.0.0.2'], ['93.184.215.14', '::1'], ['169.254.169.254']].entries()) {
    addresses = found
    await deliver({ delivery: id, number: number + 1 })
  }
  const { state, attempts } = await getDelivery(context, id)
  expect(state).toBe('exhausted')
  expect(attempts.map(({ status, error }) => [status, error?.split(':')[0]])).toEqual(Array(3).fill([null, 'blocked_address']))
})

test('a try that was noted before is not made again', async () => {
  await using receiver = await webhookReceiver()
  await makeDeliveries(context, [delivery(receiver.url)])
  const deliver = createDeliverer(context)
  for (let i = 0; i < 3; i++) await deliver({ delivery: id, number: 1 })
  expect(receiver.received).toHaveLength(1)
  expect((await getDelivery(context, id)).state).toBe('delivered')
})

test('a delivery is made once, however often it is asked for', async () => {
  for (let i = 0; i < 3; i++) await makeDeliveries(context, [delivery('https://a.example/')])
  expect(await listDeliveries(context, { job: 'default~a', limit: 10 })).toHaveLength(1)
})
