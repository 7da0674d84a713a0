import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@manyhands/client'
import { QueueEmpty, Sharing } from '@manyhands/objects'
import { redisSharing } from '@manyhands/shared-state'
import {
  byKey,
  type CounterInput,
  counterModel,
  type FaultProxy,
  faultProxy,
  isLinearizable,
  lockModel,
  type Operation,
  queueModel,
  type RegisterInput,
  registerModel,
  testRedis,
} from '@manyhands/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startStack } from '../stack.ts'
import { asMutant, luaMutant, type Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

/** reliability-rules.md, promise 16: what many see of a shared object is what one object would have shown. */
const server = testRedis({ aof: true })
const calls = bySize(25, 500)
const rounds = bySize(2, 100)

type Program = Pick<Sharing, 'counter' | 'dict' | 'queue' | 'lock'>
/** Programs behind one proxy. */
interface Door {
  program(): Program
  proxy: FaultProxy
}

async function httpDoor(mutant?: Mutant): Promise<Door> {
  const stack = await startStack({ redisUrl: server.url, workers: 0, inside: mutant === undefined, settings: asMutant(mutant) })
  const proxy = await faultProxy(stack.url)
  onTestFinished(async () => {
    await proxy.close()
    await stack.stop()
  })
  return { proxy, program: () => connect({ url: proxy.url, retries: 50 }) }
}

async function redisDoor(): Promise<Door> {
  const proxy = await faultProxy(server.url)
  const opened: { close(): Promise<void> }[] = []
  onTestFinished(async () => {
    await Promise.all(opened.map((one) => one.close()))
    await proxy.close()
  })
  const group = randomUUID()
  return {
    proxy,
    program() {
      const nature = { holder: randomUUID(), onHolding: () => undefined, task: () => undefined }
      const sharing = redisSharing({ url: proxy.url, group, tenant: 'default', ...nature, whileWaiting: (promise) => promise })
      opened.push(sharing)
      return new Sharing(sharing)
    },
  }
}

/** Loses every tenth reply, and then at times cuts all connections, is slow for a while, or lets nothing pass for one, until it is disposed. (Not by time: who waits longer each time would never come through.) */
function trouble(proxy: FaultProxy): Disposable {
  let isOver = false
  const none = (): unknown => undefined
  const forAWhile = async (fault: () => void): Promise<void> => {
    fault()
    await pause(100)
    proxy.heal()
  }
  const arm = async (): Promise<void> => {
    await proxy.loseReply(() => !isOver && Math.random() < 0.1)
    await pick(
      none,
      none,
      none,
      () => proxy.cut(),
      () => forAWhile(() => proxy.delay(10)),
      () => forAWhile(() => proxy.blackHole()),
    )()
    if (!isOver) await arm()
  }
  void arm()
  return {
    [Symbol.dispose]() {
      isOver = true
    },
  }
}

interface Act<I, O> {
  input: I
  run(): Promise<O>
}

/** What so many programs saw of one object, each calling one thing after the other. */
async function history<I, O>(
  door: Door,
  actsOf: (program: Program, client: number) => () => Act<I, O>,
  clients = 8,
): Promise<Operation<I, O>[]> {
  const seen: Operation<I, O>[] = []
  using _ = trouble(door.proxy)
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const next = actsOf(door.program(), client)
      for (let i = 0; i < calls; i++) {
        const { input, run } = next()
        const start = performance.now()
        const output = await run()
        seen.push({ input, output, start, end: performance.now() })
      }
    }),
  )
  return seen
}

const pick = <T>(...choices: T[]): T => choices[Math.floor(Math.random() * choices.length)] as T

const counters = (name: string) => (program: Program) => {
  const counter = program.counter(0, { name })
  return (): Act<CounterInput, number> =>
    pick<Act<CounterInput, number>>(
      { input: { do: 'add', amount: 1 }, run: () => counter.add() },
      { input: { do: 'get' }, run: () => counter.get() },
    )
}

const dicts = (name: string) => (program: Program, client: number) => {
  const dict = program.dict<Record<string, number>>({}, { name })
  return (): Act<RegisterInput, number | null> => {
    const key = pick('a', 'b')
    return pick(
      { input: { key, do: 'set', value: client }, run: () => dict.set(key, client) },
      { input: { key, do: 'get' }, run: () => dict.get(key) },
      { input: { key, do: 'increment', amount: 1 }, run: () => dict.increment(key) },
      { input: { key, do: 'delete' }, run: async () => void (await dict.pop(key, null)) as unknown as null },
    )
  }
}

const queues = (name: string) => (program: Program, client: number) => {
  const queue = program.queue<number>(0, { name })
  let count = 0
  const orNull = (error: unknown) => {
    if (error instanceof QueueEmpty) return null
    throw error
  }
  return (): Act<{ do: 'put'; value: number } | { do: 'get' }, number | null> => {
    const value = client * 1_000_000 + count++
    return pick(
      { input: { do: 'put', value }, run: async () => void (await queue.put(value)) as unknown as null },
      { input: { do: 'get' }, run: () => queue.getNowait().catch(orNull) },
    )
  }
}

const locks = (name: string) => (program: Program, by: number) => {
  const lock = program.lock({ name })
  let release: (() => Promise<unknown>) | undefined
  return (): Act<{ do: 'acquire' | 'release'; by: number }, boolean> => {
    const held = release
    if (held) {
      release = undefined
      return { input: { do: 'release', by }, run: async () => held().then(() => true) }
    }
    return {
      input: { do: 'acquire', by },
      run: async () => {
        const grant = await lock.acquire({ block: false, ttlMs: 60_000 })
        if (grant) release = () => grant.release()
        return grant !== null
      },
    }
  }
}

const doors: [string, () => Promise<Door>][] = [
  ['over HTTP', () => httpDoor()],
  ['inside functions', () => redisDoor()],
]

describe.each(doors)('promise 16, %s: through lost replies and cuts each call is done once, as by one object', (_, open) => {
  const name = () => `n-${randomUUID()}`

  test('counters', { timeout: patience }, async () => {
    const door = await open()
    for (let round = 0; round < rounds; round++) {
      const id = name()
      const seen = await history(door, counters(id))
      expect(isLinearizable(seen, counterModel)).toBe(true)
      const adds = seen.filter(({ input }) => input.do === 'add').length
      expect(await door.program().counter(0, { name: id }).get()).toBe(adds)
    }
  })

  test('dicts', { timeout: patience }, async () => {
    const door = await open()
    for (let round = 0; round < rounds; round++) {
      const seen = await history(door, dicts(name()))
      for (const one of byKey(seen, ({ key }) => key)) expect(isLinearizable(one.map(normal), registerModel)).toBe(true)
    }
  })

  test('queues', { timeout: patience }, async () => {
    const door = await open()
    for (let round = 0; round < rounds; round++) {
      // of puts at the same time any order may be, until the gets tell: few at once, or the checker has too many to try
      const seen = await history(door, queues(name()), 3)
      expect(isLinearizable(seen.map(normal), queueModel)).toBe(true)
    }
  })

  test('locks', { timeout: patience }, async () => {
    const door = await open()
    for (let round = 0; round < rounds; round++) expect(isLinearizable(await history(door, locks(name())), lockModel)).toBe(true)
  })
})

test.each(doors)('promise 16, %s: also while Redis is killed and comes back', { timeout: patience }, async (_, open) => {
  const door = await open()
  for (let round = 0; round < bySize(1, 100); round++) {
    const name = `r-${randomUUID()}`
    const killing = pause(200).then(async () => {
      await server.kill()
      await server.restart()
    })
    const seen = await history(door, counters(name))
    await killing
    expect(isLinearizable(seen, counterModel)).toBe(true)
  }
})

/** What gives nothing gives null. */
const normal = <I, O>(one: Operation<I, O>): Operation<I, O> => ({ ...one, output: (one.output ?? null) as O })

const forgetful = () => luaMutant('operate.lua', 'local known = replay()', 'local known = nil', 'shared-state')

test('promise 16, mutant: answers are not kept, and a call that comes again is done again', { timeout: patience }, async () => {
  const door = await httpDoor(forgetful())
  const name = `m-${randomUUID()}`
  const seen = await history(door, counters(name))
  expect(isLinearizable(seen, counterModel)).toBe(false)
})
