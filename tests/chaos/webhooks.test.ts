import { execFile } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Job } from '@manyhands/contracts'
import { freePort } from '@manyhands/redis'
import { type Answer, eventually, testRedis, type WebhookReceiver, webhookReceiver } from '@manyhands/testing'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'
import { asMutant, luaMutant, type Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

/** reliability-rules.md, promises 25 and 26. */
const redis = testRedis()
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const size = bySize({ rounds: 5, jobs: 30 }, { rounds: 20, jobs: 25 })

async function start(settings: Record<string, string> = {}, mutant?: Mutant): Promise<TestStack> {
  const stack = await startStack({
    redisUrl: redis.url,
    settings: {
      MANYHANDS_LEASE_MS: '1000',
      MANYHANDS_WEBHOOK_ALLOW: '127.0.0.1/32',
      MANYHANDS_WEBHOOK_DELAYS_MS: '50,50,50,50,50,50,50,50,50',
      ...settings,
      ...asMutant(mutant),
    },
  })
  onTestFinished(() => stack.stop())
  return stack
}

/** What a receiver may do with what it does not take. */
const refusals: ((response: ServerResponse) => unknown)[] = [
  (response) => response.destroy(),
  (response) => response.writeHead(500).end(),
  (response) => response.writeHead(302, { location: '/elsewhere' }).end('\0\xff'),
  (response) => response.writeHead(503, { 'retry-after': '0' }).end(),
]

/** Down, 500, slow or garbage at random; each event the first three times only, so that ten tries are enough. */
async function moodyReceiver(): Promise<WebhookReceiver> {
  const receiver = await webhookReceiver()
  onTestFinished(() => receiver.stop())
  const tries = new Map<string, number>()
  const take: Answer = (response, message) => {
    const id = String(message.headers['webhook-id'])
    const number = (tries.get(id) ?? 0) + 1
    tries.set(id, number)
    const refuse = number > 3 ? undefined : refusals[Math.floor(Math.random() * 2 * refusals.length)]
    if (refuse) return void refuse(response)
    receiver.taken.push(...receiver.received.filter(({ headers }) => headers['webhook-id'] === id).slice(0, 1))
    setTimeout(() => response.writeHead(204).end(), number % 2 === 0 ? 300 : 0)
  }
  receiver.answers.splice(0, 1, take)
  return receiver
}

/** Jobs of which some are there when their API is killed in the middle. */
async function submitted(stack: TestStack, url: string, round: number): Promise<string[]> {
  const ids = Array.from({ length: size.jobs }, (_, i) => `hook-${round}-${i}`)
  const calls = ids.map((id, i) => ({ id, function: 'square', args: [i], webhook: { url, secret } }))
  const halves = [calls.slice(0, calls.length / 2), calls.slice(calls.length / 2)]
  for (const some of halves) await stack.json('POST', '/v1/pools/default/apply', { calls: some }).catch(() => undefined)
  return ids.map((id) => `${stack.group}~${id}`)
}

async function existing(stack: TestStack, ids: string[]): Promise<string[]> {
  const found = await Promise.all(ids.map(async (id) => (await stack.call('GET', `/v1/jobs/${id}`)).status === 200))
  return ids.filter((_, i) => found[i])
}

/** Ids of events by job, of what the receiver took; every signature is right. */
function takenBy({ received, taken }: WebhookReceiver): Map<string, Set<string>> {
  const events = new Map<string, Set<string>>()
  for (const { headers, body } of received) new Webhook(secret).verify(body, headers)
  for (const { headers, body } of taken) {
    const { job } = (JSON.parse(body) as { data: { job: Job } }).data
    events.set(job.id, (events.get(job.id) ?? new Set()).add(String(headers['webhook-id'])))
  }
  return events
}

/** How many jobs nobody was told of, with a dispatcher that is killed in every round. */
async function undelivered(mutant?: Mutant, waitMs = 60_000): Promise<{ jobs: number; left: number }> {
  const receiver = await moodyReceiver()
  const stack = await start({}, mutant)
  let api = stack.api
  const ids: string[] = []
  for (let round = 0; round < size.rounds; round++) {
    const submitting = submitted(stack, receiver.url, round)
    await pause(Math.random() * 400)
    api.kill('SIGKILL')
    ids.push(...(await submitting))
    api = await stack.nextApi()
  }
  const jobs = await existing(stack, ids)
  const left = () => jobs.filter((id) => takenBy(receiver).get(id) === undefined).length
  await eventually(() => left() === 0, { timeoutMs: waitMs, everyMs: 100 }).catch(() => undefined)
  for (const [job, events] of takenBy(receiver)) expect([job, events.size]).toEqual([job, 1])
  return { jobs: jobs.length, left: left() }
}

test('promise 25: at least once, signed, one id, over a moody receiver and a dispatcher that is killed', {
  timeout: patience,
}, async () => {
  const { jobs, left } = await undelivered()
  expect(jobs).toBeGreaterThan(size.jobs)
  expect(left).toBe(0)
})

test('the mutant of 25: without a row in the outbox, ends are lost', { timeout: patience }, async () => {
  const { jobs, left } = await undelivered(
    luaMutant('finish.lua', "redis.call('ZADD', group_key('outbox'), now, member .. ' ' .. state)", ''),
    2000,
  )
  expect(jobs).toBeGreaterThan(0)
  expect(left).toBeGreaterThan(0)
})

test('promise 26: a dead receiver, and one that never answers, delay no other', { timeout: patience }, async () => {
  await using healthy = await webhookReceiver()
  await using silent = await webhookReceiver()
  silent.answers.splice(0, 1, () => undefined)
  const dead = `http://127.0.0.1:${await freePort()}/`
  const stack = await start({ MANYHANDS_WEBHOOK_DELAYS_MS: '5000' })
  const many = (url: string) => Array.from({ length: 100 }, (_, i) => ({ function: 'square', args: [i], webhook: { url, secret } }))
  for (const url of [dead, silent.url]) await stack.json('POST', '/v1/pools/default/apply', { calls: many(url) })
  await eventually(() => silent.received.length > 0)
  const delays: number[] = []
  for (const call of many(healthy.url)) {
    await stack.json('POST', '/v1/pools/default/apply', call, { prefer: 'wait=10' })
    const ended = performance.now()
    const count = delays.length + 1
    await eventually(() => healthy.received.length === count, { everyMs: 5 })
    delays.push(performance.now() - ended)
  }
  expect(delays.toSorted((a, b) => a - b)[98]).toBeLessThan(1000)
})

/** Every way to write 127.0.0.1 or ::1 that an URL knows. */
const loopbacks = ['127.0.0.1', '127.1', '0x7f000001', '2130706433', '017700000001', '[::ffff:127.0.0.1]', '[::1]', 'localhost']

/** How many sockets reach canaries on 127.0.0.1 and ::1 when webhooks are asked to go there. */
async function hits(mutant?: Mutant): Promise<{ sockets: number; statuses: Set<number> }> {
  let sockets = 0
  const counted = (socket: Socket) => {
    sockets++
    socket.destroy()
  }
  const port = await freePort()
  const canaries: Server[] = ['127.0.0.1', '::1'].map((host) => createServer(counted).listen(port, host))
  onTestFinished(() => void canaries.map((canary) => canary.close()))
  const stack = await start({ MANYHANDS_WEBHOOK_ALLOW: '', MANYHANDS_WEBHOOK_HTTP: 'on', MANYHANDS_WEBHOOK_PORTS: String(port) }, mutant)
  const statuses = new Set<number>()
  for (const host of loopbacks) {
    const webhook = { url: `http://${host}:${port}/`, secret }
    const { status } = await stack.call(
      'POST',
      '/v1/pools/default/apply',
      { function: 'square', args: [1], webhook },
      { prefer: 'wait=10' },
    )
    statuses.add(status)
  }
  await eventually(() => sockets > 0, { timeoutMs: mutant ? 10_000 : 500 }).catch(() => undefined)
  return { sockets, statuses }
}

test('promise 26: canaries on loopback are never reached', { timeout: patience }, async () => {
  expect(await hits()).toEqual({ sockets: 0, statuses: new Set([422]) })
})

test('the mutant of 26: a guard that looks at look-ups only', { timeout: patience }, async () => {
  const mutant = {
    file: 'libs/webhooks/src/guard.ts',
    from: "if (place.range() !== 'unicast' ||",
    to: "if (addressesIn(hostOf(url)) === undefined && place.range() !== 'unicast' ||",
  }
  const { sockets } = await hits(mutant)
  expect(sockets).toBeGreaterThan(0)
})

test('promise 26: the address that clouds keep their secrets at, in a network of its own', { timeout: patience }, async () => {
  const program = fileURLToPath(new URL('./programs/metadata-canary.ts', import.meta.url))
  const hosts = ['169.254.169.254', '[::ffff:a9fe:a9fe]', '0xa9fea9fe', '2852039166', 'rebound.example']
  const network = 'ip link set lo up && ip addr add 169.254.169.254/32 dev lo && exec "$@"'
  const { stdout } = await promisify(execFile)('unshare', ['-rn', 'sh', '-c', network, 'sh', process.execPath, program, ...hosts])
  const { errors, sockets } = JSON.parse(stdout) as { errors: string[]; sockets: number }
  expect(errors.map((error) => error?.split(':')[0])).toEqual(hosts.map(() => 'blocked_address'))
  expect(sockets).toBe(0)
})
