import { closeRedis, connectRedis } from '@manyhands/redis'
import { isAlive, testRedis } from '@manyhands/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fleet, startFleet } from './fleet.ts'
import type { Deed } from './functions.ts'
import { luaMutant, type Mutant } from './mutants.ts'
import { type Damage, hang, PromisedJob, type Spec } from './promised-job.ts'
import { bySize, isFull } from './size.ts'

const server = testRedis({ aof: true })
let redis: ReturnType<typeof connectRedis>
beforeAll(() => {
  redis = connectRedis(server.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

/** What the commands know of the world: each job itself knows what it was promised. */
interface Model {
  jobs: number
  /** More deaths in one run could kill an innocent item three times. */
  deathsLeft: number
}
interface Real {
  fleet: Fleet
  jobs: PromisedJob[]
  damage: Damage
}
type Command = fc.AsyncCommand<Model, Real>

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

const submit = (spec: Spec): Command => ({
  check: () => true,
  async run(model, { fleet, jobs }) {
    model.jobs++
    jobs.push(await PromisedJob.submit(fleet, spec))
  },
  toString: () => `submit ${JSON.stringify(spec)}`,
})

const onJob = (name: string, at: number, act: (job: PromisedJob, real: Real) => Promise<unknown>): Command => ({
  check: (model) => model.jobs > 0,
  run: async (_, real) => void (await act(pick(real.jobs, at) as PromisedJob, real)),
  toString: () => `${name} ${at}`,
})
const look = (at: number) => onJob('look', at, (job) => job.look())
const cancel = (at: number) => onJob('cancel', at, (job) => job.cancel())
const settle = (at: number) => onJob('settle', at, (job, real) => job.settle(real.damage))

const fault = (name: string, deaths: number, strike: (real: Real) => unknown): Command => ({
  check: (model) => model.deathsLeft >= deaths,
  async run(model, real) {
    model.deathsLeft -= deaths
    real.damage.faults += 1
    await strike(real)
  },
  toString: () => name,
})

/** The process that began something last. */
function killProcess({ fleet }: Real): void {
  const last = fleet.journal.entries().findLast(({ pid }) => isAlive(pid))
  if (last) process.kill(last.pid, 'SIGKILL')
}

async function killWorker({ fleet }: Real): Promise<void> {
  fleet.workers.at(-2)?.kill('SIGKILL')
  await fleet.addWorker()
}

const cutRedis = () => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }).map((ms): Deed => ({ do: 'pause', ms })) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 8 }).map((ms): Deed => ({ do: 'compute', ms })) },
  { weight: 3, arbitrary: fc.integer({ min: 2, max: 4 }).map((before): Deed => ({ do: 'throw', before })) },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'kill' }) },
  { weight: 1, arbitrary: fc.constant(hang) },
)
const spec: fc.Arbitrary<Spec> = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  delayMs: fc.integer({ min: 1, max: 100 }),
})
const commands = [
  spec.map(submit),
  spec.map(submit),
  fc.nat(20).map(look),
  fc.nat(20).map(cancel),
  fc.nat(20).map(settle),
  fc.constant(fault('kill a process', 1, killProcess)),
  fc.constant(fault('kill a worker', 1, killWorker)),
  fc.constant(fault('cut Redis', 0, cutRedis)),
]

/** The commands on one fleet, then a look back at every job. */
async function keepsPromises(fleet: Fleet, list: Iterable<Command>): Promise<void> {
  const real: Real = { fleet, jobs: [], damage: { faults: 0 } }
  try {
    await fc.asyncModelRun(() => ({ model: { jobs: 0, deathsLeft: 2 }, real }), list)
    for (const job of real.jobs) await job.settle(real.damage)
  } finally {
    await Promise.all(real.jobs.map((job) => job.unwatched()))
  }
}

const size = bySize({ numRuns: 4, maxCommands: 20 }, { numRuns: 1000, maxCommands: 50 })

test('promise 13: attempts, backoff, timeout and cancel hold under faults', { timeout: isFull ? 6 * 3_600_000 : 120_000 }, async () => {
  const fleet = await startFleet(server.url, { workers: 2, processes: 2 })
  const property = fc.asyncProperty(fc.commands(commands, { maxCommands: size.maxCommands, size: 'max' }), (list) =>
    keepsPromises(fleet, list),
  )
  await fc.assert(property, { numRuns: size.numRuns, endOnFailure: true })
})

test.each<[string, () => Mutant, Command[], string]>([
  [
    'an item is tried once too often',
    () => ({ file: 'libs/jobs/src/running/progress.ts', from: 'claim.tries + 1 < claim.attempts', to: 'claim.tries < claim.attempts' }),
    [submit({ deeds: [{ do: 'throw', before: 9 }], attempts: 2, delayMs: 1 })],
    'starts of',
  ],
  [
    'a retry does not wait',
    () => ({ file: 'libs/jobs/src/running/progress.ts', from: 'backoffDelay(claim.backoff', to: 'backoffDelay(undefined' }),
    [submit({ deeds: [{ do: 'throw', before: 9 }], attempts: 2, delayMs: 1000 })],
    'backoff',
  ],
  [
    'an ended job can be cancelled',
    () => luaMutant('finish.lua', 'if not record or is_ended(record.state) then return end', 'if not record then return end'),
    [submit({ deeds: [{ do: 'pause', ms: 1 }], attempts: 1, delayMs: 1 }), settle(0), cancel(0)],
    'succeeded',
  ],
  [
    'a cancel reaches no process',
    () => ({
      file: 'libs/jobs/src/running/settler.ts',
      from: 'stop: new AbortController()',
      to: 'stop: Object.assign(new AbortController(), { abort: () => undefined })',
    }),
    [
      submit({ deeds: [{ do: 'compute', ms: 4000 }], attempts: 1, delayMs: 1 }),
      onJob('begun', 0, (job, { fleet }) => fleet.begun(job.id)),
      cancel(0),
    ],
    'its processes end',
  ],
])('promise 13, mutant: %s', async (_, mutant, list, complaint) => {
  const fleet = await startFleet(server.url, { mutant: mutant() })
  await expect(keepsPromises(fleet, list)).rejects.toThrow(complaint)
})
