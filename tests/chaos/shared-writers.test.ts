import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connect, type Hands } from '@manyhands/client'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { eventually, faultProxy, testRedis } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'
import { leaseMs, startFleet } from './fleet.ts'
import type * as functions from './functions.ts'
import { newJournal } from './journal.ts'
import { asMutant, luaMutant, type Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })
const program = (name: string) => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url))

function run(name: string, args: string[], mutant?: Mutant): ChildProcess {
  const env = { ...process.env, ...asMutant(mutant) }
  const child = spawn(process.execPath, [program(name), ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const nextLine = (child: ChildProcess): (() => Promise<string>) => {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return async () => (await lines.next()).value ?? 'it has ended'
}

async function stackOf(mutant?: Mutant): Promise<TestStack> {
  const stack = await startStack({ redisUrl: server.url, workers: 0, settings: asMutant(mutant) })
  onTestFinished(() => stack.stop())
  return stack
}

const laxFences = () => luaMutant('waiting.lua', "op.writes == '1' and barred(op, call)", 'false', 'shared-state')

/** Promise 8: workers that sleep past their lease; their functions go on, and write. Resolves with what came of those writes. */
async function zombieWrites(rounds: number, mutant?: Mutant): Promise<string[]> {
  const fleet = await startFleet(server.url, { mutant })
  const hands: Hands<typeof functions> = connect<typeof functions>({ url: fleet.url })
  const outcomes: string[] = []
  for (let round = 0; round < rounds; round++) {
    const zombie = fleet.workers.at(-1)
    const gate = fleet.journal.gate(`${round}`)
    const dict = hands.dict<Record<string, number>>()
    const call = hands.applyAsync('share', [gate, fleet.journal.file, dict])
    const job = await call.id
    const first = await fleet.begun(job)
    await fleet.addWorker()
    zombie?.kill('SIGSTOP')
    const second = await fleet.begun(job, 2, 4 * leaseMs)
    fleet.journal.open(gate, first.pid)
    const wrote = (pid: number) =>
      eventually(
        () => fleet.journal.entries().find((one) => one.job === job && one.pid === pid && (one.event as string) !== 'begin') ?? false,
      )
    outcomes.push((await wrote(first.pid)).event)
    expect(await dict.get('by')).toBe(outcomes.at(-1) === 'fenced' ? null : first.pid)
    fleet.journal.open(gate, second.pid)
    expect([await call.get(), (await wrote(second.pid)).event, await dict.get('by')]).toEqual([second.pid, 'written', second.pid])
    zombie?.kill('SIGKILL')
  }
  await hands.session.end()
  return outcomes
}

test('promise 8: what a stale try of a task writes is refused, also before the new one has written', { timeout: patience }, async () => {
  const rounds = bySize(2, 50)
  expect(await zombieWrites(rounds)).toEqual(Array.from({ length: rounds }, () => 'fenced'))
})

test('promise 8, mutant: whoever has begun may write', { timeout: patience }, async () => {
  expect(await zombieWrites(1, laxFences())).toEqual(['written'])
})

/** Promise 21: a program that sleeps past its lease, and writes under its grant when it wakes up. */
async function sleepers(rounds: number, mutant?: Mutant): Promise<string[]> {
  const stack = await stackOf(mutant)
  const hands = connect({ url: stack.url })
  const outcomes: string[] = []
  let last = 0
  for (let round = 0; round < rounds; round++) {
    const name = `sleeper-${round}`
    const holder = run('holder', [stack.url, name])
    const line = nextLine(holder)
    const token = Number((await line()).split(' ')[1])
    expect(token).toBeGreaterThan(last)
    holder.stdin?.write('early\n')
    expect(await line()).toBe('written')
    holder.kill('SIGSTOP')
    const next = await hands.lock({ name }).acquire({ timeout: 5 })
    last = Number(next?.token)
    expect(last).toBeGreaterThan(token)
    holder.kill('SIGCONT')
    holder.stdin?.write('late\n')
    const words = [await line()]
    if (words[0] === 'lost') words.push(await line())
    outcomes.push(words.at(-1) ?? '')
    const dict = hands.dict<Record<string, string>>({}, { name })
    expect(await dict.get('by')).toBe(outcomes.at(-1) === 'fenced' ? 'early' : 'late')
    await next?.release()
    holder.kill('SIGKILL')
  }
  await hands.session.end()
  return outcomes
}

test('promise 21: tokens only grow, and what a holder writes after its lease is refused', { timeout: patience }, async () => {
  const rounds = bySize(2, 500)
  expect(await sleepers(rounds)).toEqual(Array.from({ length: rounds }, () => 'fenced'))
})

test('promise 21, mutant: tokens are not looked at', { timeout: patience }, async () => {
  expect(await sleepers(1, laxFences())).toEqual(['written'])
})

test('promise 17: a queue loses nothing while producers and consumers are killed; FIFO per producer', { timeout: patience }, async () => {
  const stack = await stackOf()
  const journal = newJournal().file
  const name = 'killed'
  const programs: ChildProcess[] = []
  const start = (...args: string[]) => void programs.push(run('worker-of-queue', [stack.url, name, journal, ...args]))
  const producers = bySize(4, 50)
  for (let p = 0; p < producers; p++) start('produce', `p${p}`, '100')
  for (let c = 0; c < 3; c++) start('consume')
  const lines = (word: string) => read(journal, word)
  // a producer, a consumer, and again
  for (let kill = 0; kill < bySize(4, 50); kill++) {
    await eventually(() => lines('ack').length > 20 * (kill + 1), { timeoutMs: 30_000 })
    const victims = programs.filter((one) => one.exitCode === null && one.signalCode === null)
    const isConsumer = (one: ChildProcess) => one.spawnargs.includes('consume')
    const victim = victims.find((one) => isConsumer(one) === (kill % 2 === 0))
    victim?.kill('SIGKILL')
    if (victim && isConsumer(victim)) start('consume')
  }
  await eventually(
    () => programs.filter((one) => one.spawnargs.includes('produce')).every((one) => one.exitCode !== null || one.signalCode !== null),
    {
      timeoutMs: 60_000,
    },
  )
  // a consumer may die between its ack and the note of it: what counts is who got something
  await eventually(
    () =>
      hasAll(
        lines('got').map((line) => line.split(' ')[0] ?? ''),
        lines('put'),
      ),
    { timeoutMs: 30_000 },
  )
  const got = lines('got').map((line) => line.split(' '))
  const acked = lines('ack')
  const items = got.map(([item = '']) => item)
  expect(hasAll(lines('try'), items)).toBe(true)
  expect(new Set(acked).size).toBe(acked.length)
  // what came the first time came in order, to each consumer from each producer
  const firsts = got.filter(([, , deliveries]) => deliveries === '1')
  for (const row of Map.groupBy(firsts, ([item = '', pid]) => `${item.split('-')[0]} ${pid}`).values()) {
    const numbers = row.map(([item = '']) => Number(item.split('-')[1]))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
})

/** A consumer is killed with an item that it has not acked: how often the item was got in the end. */
async function timesGot(mutant?: Mutant): Promise<number> {
  const stack = await stackOf(mutant)
  const journal = newJournal().file
  const start = (what: string, ...args: string[]) => run('worker-of-queue', [stack.url, 'fatal', journal, what, ...args])
  start('produce', 'p', '1')
  const victim = start('hold')
  await eventually(() => read(journal, 'got').length === 1, { timeoutMs: 15_000 })
  victim.kill('SIGKILL')
  start('consume')
  await eventually(() => read(journal, 'ack').length === 1, { timeoutMs: 6000 }).catch(() => undefined)
  return read(journal, 'got').length
}

test('promise 17: what a killed consumer had not acked goes to another', { timeout: patience }, async () => {
  expect(await timesGot()).toBe(2)
})

test('promise 17, mutant: what was got with a lease does not come back', { timeout: patience }, async () => {
  const gone = luaMutant('queue.lua', "if item then redis.call('LPUSH', data(object), '!' .. item) end", '', 'shared-state')
  expect(await timesGot(gone)).toBe(1)
})

function hasAll(list: string[], all: string[]): boolean {
  const set = new Set(list)
  return all.every((one) => set.has(one))
}

const read = (journal: string, word: string): string[] => {
  try {
    return readFileSync(journal, 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  } catch {
    return []
  }
}

test('a lock is renewed while its holder computes for five leases; it is free once its process was killed', {
  timeout: patience,
}, async () => {
  const fleet = await startFleet(server.url, { processes: 2 })
  const hands = connect<typeof functions>({ url: fleet.url })
  const lock = hands.lock()
  const [one, two] = await Promise.all([hands.apply('hold', [lock, 400, 2000]), hands.apply('hold', [lock, 400, 0])])
  expect([one.isLost, two.isLost]).toEqual([false, false])
  expect(Math.abs(Number(one.token) - Number(two.token))).toBe(1)
  await expect(hands.apply('holdAndDie', [lock])).rejects.toThrow()
  const grant = await lock.acquire({ timeout: 10 })
  expect(grant).not.toBeNull()
  await grant?.release()
  await hands.session.end()
})

test('Redis is killed and comes back: who waits gets what comes, and locks are kept', { timeout: patience }, async () => {
  const stack = await stackOf()
  const hands = connect({ url: stack.url, retries: 50 })
  const queue = hands.queue<number>()
  await queue.make()
  const got = queue.get()
  const lock = hands.lock()
  const grant = await lock.acquire({ ttlMs: 30_000 })
  // the file is written once a second
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await server.kill()
  await server.restart()
  await queue.put(5)
  expect(await got).toBe(5)
  expect(await lock.locked()).toBe(true)
  await grant?.release()
  await hands.session.end()
})

/** Promise 24: renewals are cut off while the holder computes half of the lease at a time. How long before its end each was told. */
async function toldBefore(rounds: number, ttlMs: number, mutant?: Mutant): Promise<number[]> {
  const stack = await stackOf()
  const proxy = await faultProxy(stack.url)
  const redis = connectRedis(server.url, 'store', () => undefined)
  onTestFinished(async () => {
    await proxy.close()
    await closeRedis(redis)
  })
  const margins: number[] = []
  for (let round = 0; round < rounds; round++) {
    const name = `busy-${round}`
    const holder = run('busy-holder', [proxy.url, name, String(ttlMs)], mutant)
    const line = nextLine(holder)
    expect(await line()).toBe('held')
    // some renewals come through
    await new Promise((resolve) => setTimeout(resolve, ttlMs * (0.5 + Math.random())))
    proxy.blackHole()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const [key = ''] = await redis.keys(`*:object:default:lock:${name}:held`)
    const endsAt = performance.now() + (await redis.pttl(key))
    expect(await line()).toBe('lost')
    margins.push(endsAt - performance.now())
    proxy.heal()
  }
  return margins
}

test('promise 24: a holder is told before its lease ends, also one that computes half of it at a time', { timeout: patience }, async () => {
  for (const margin of await toldBefore(bySize(2, 200), 3000)) expect(margin).toBeGreaterThan(0)
})

test('promise 24, mutant: a lock counts as held for two leases', { timeout: patience }, async () => {
  const mutant = { file: 'libs/objects/src/watch.ts', from: 'const doubtful = 0.45', to: 'const doubtful = 2' }
  for (const margin of await toldBefore(1, 1000, mutant)) expect(margin).toBeLessThan(0)
})

test('5,000 wait for one queue: two connections to Redis in all, no polling, each item to one', { timeout: patience }, async () => {
  const stack = await stackOf()
  const hands = connect({ url: stack.url })
  const queue = hands.queue<number>()
  await queue.make()
  const redis = connectRedis(server.url, 'store', () => undefined)
  onTestFinished(() => closeRedis(redis))
  const count = 5000
  const connections = async () =>
    String(await redis.client('LIST'))
      .trim()
      .split('\n').length
  const before = await connections()
  const gets = Array.from({ length: count }, () => queue.get())
  const waiting = async () => redis.hlen((await redis.keys('*:default:waits'))[0] ?? '')
  await eventually(async () => expect(await waiting()).toBe(count), { timeoutMs: 60_000 })
  expect(await connections()).toBeLessThanOrEqual(before + 1)
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1])
  const from = await commands()
  await new Promise((resolve) => setTimeout(resolve, 3000))
  // a beat a second, the reconciler, and what this test asks
  expect((await commands()) - from).toBeLessThan(200)
  for (let i = 0; i < count; i++) void queue.put(i)
  const got = await Promise.all(gets)
  expect(new Set(got).size).toBe(count)
  expect(await queue.size()).toBe(0)
  await hands.session.end()
})
