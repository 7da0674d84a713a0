import type { Job } from '@manyhands/contracts'
import { backoffDelay } from '@manyhands/planning'
import { eventually, isAlive } from '@manyhands/testing'
import { expect } from 'vitest'
import type { Fleet } from './fleet.ts'
import type { Deed } from './functions.ts'
import type { Entry } from './journal.ts'

/** A map as the model submits it. */
export interface Spec {
  deeds: Deed[]
  attempts: number
  /** Between two attempts, in milliseconds. */
  delayMs: number
}

/** An item that hangs is ended by the time limit of its job, in milliseconds. */
export const timeoutMs = 800
/** A cancel reaches a process in one second. */
const unheardMs = 1000
const stoppedMs = 2000
const deathBudget = 3
const never = '/there/is/no/such/gate'

export const hang: Deed = { do: 'wait', gate: never }

/** What the faults of one run may have cost. */
export interface Damage {
  /** Faults of any kind: each may start an item once more. */
  faults: number
}

/** One job of the model: what it was told, how it was seen, and whether it kept its promises. */
export class PromisedJob {
  readonly spec: Spec
  readonly id: string
  readonly #fleet: Fleet
  #seen: Job | undefined
  /** When the cancel that ended it was answered, in milliseconds since the epoch. */
  #cancelledAt: number | undefined
  readonly #stopping: Promise<unknown>[] = []

  constructor(fleet: Fleet, spec: Spec, id: string) {
    this.#fleet = fleet
    this.spec = spec
    this.id = id
  }

  static async submit(fleet: Fleet, spec: Spec): Promise<PromisedJob> {
    const { deeds, attempts, delayMs } = spec
    const more = { attempts, backoff: { type: 'exponential', delayMs }, chunkSize: 2, ...(deeds.includes(hang) && { timeoutMs }) }
    const body = { function: 'act', items: deeds, args: [fleet.journal.file], ...more }
    const { id } = await insist(() => fleet.json('POST', '/v1/pools/default/map', body))
    return new PromisedJob(fleet, spec, id)
  }

  /** Looks at the job: no state that was seen can be followed by the present one against the rules. */
  async look(): Promise<Job> {
    const job = await insist(() => this.#fleet.json('GET', `/v1/jobs/${this.id}`))
    if (this.#seen) expectLegal(this.#seen, job)
    this.#seen = job
    return job
  }

  async cancel(): Promise<void> {
    const before = await this.look()
    const { state } = await insist(() => this.#fleet.json('POST', `/v1/jobs/${this.id}/cancel`))
    await this.look()
    if (state !== 'cancelled' || before.state === 'cancelled') return
    this.#cancelledAt = Date.now()
    // looked at while the run goes on
    const stopping = eventually(() => this.#unended().every(({ pid }) => !isAlive(pid)), {
      timeoutMs: stoppedMs,
      describe: 'its processes end',
    })
    stopping.catch(() => undefined)
    this.#stopping.push(stopping)
  }

  /** Until nothing looks at its processes any more, whatever it saw. */
  async unwatched(): Promise<void> {
    await Promise.allSettled(this.#stopping)
  }

  /** Waits for the end and looks back at all of it. */
  async settle(damage: Damage): Promise<void> {
    await this.#fleet.ended(this.id, 60)
    const { state } = await this.look()
    await Promise.all(this.#stopping)
    for (const index of this.spec.deeds.keys()) this.#expectPromisedStarts(index, damage)
    if (state === 'cancelled') this.#expectQuiet()
    else await this.#expectOutcomes(state)
    expect(await this.#fleet.storedTwice(this.id)).toBe(0)
  }

  /** Starts without an end: they run, or their process died, or they threw. */
  #unended(): Entry[] {
    const mine = this.#fleet.journal.entries().filter((entry) => entry.job === this.id)
    const runs = (entry: Entry) => this.spec.deeds[entry.index]?.do !== 'throw' && entry.event === 'begin'
    return mine.filter((one) => runs(one) && !mine.some((end) => end.event === 'end' && end.index === one.index && end.pid === one.pid))
  }

  #expectQuiet(): void {
    const late = this.#fleet.journal.entries().filter((entry) => entry.job === this.id && entry.event === 'begin')
    for (const { at } of late) expect(at - (this.#cancelledAt ?? 0), 'begun after the cancel').toBeLessThan(unheardMs)
  }

  #expectPromisedStarts(index: number, { faults }: Damage): void {
    const begins = this.#fleet.journal.begins(this.id, index)
    const { attempts } = this.spec
    // a neighbour in the same chunk that kills its process may cost a start
    const neighbours = this.spec.deeds.filter((deed, i) => i !== index && isDeadly(deed)).length * attempts * deathBudget
    const own = this.spec.deeds[index]?.do === 'kill' ? attempts * deathBudget : attempts
    expect(begins.length, `starts of ${JSON.stringify(this.spec.deeds[index])}`).toBeLessThanOrEqual(own + neighbours + faults)
    for (const { attempt } of begins) expect(attempt).toBeLessThanOrEqual(attempts)
    this.#expectWaits(begins)
  }

  /** Between the first starts of two attempts lies at least the backoff. */
  #expectWaits(begins: Entry[]): void {
    const first = new Map<number, number>()
    for (const { attempt, at } of begins) if (!first.has(attempt)) first.set(attempt, at)
    for (const [attempt, at] of first) {
      const before = first.get(attempt - 1)
      const least = backoffDelay({ type: 'exponential', delayMs: this.spec.delayMs }, attempt - 1, 0)
      // Redis counts whole milliseconds
      if (before !== undefined) expect(at - before, 'backoff').toBeGreaterThanOrEqual(least - 1)
    }
  }

  async #expectOutcomes(state: Job['state']): Promise<void> {
    const expected = this.spec.deeds.map((deed) => outcomeOf(deed, this.spec.attempts))
    expect(state).toBe(expected.every((code) => code === 'ok') ? 'succeeded' : 'failed')
    const text = await (await this.#fleet.call('GET', `/v1/jobs/${this.id}/results`)).text()
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; error?: { code: string } })
    expect(lines.map(({ index, error }) => [index, error?.code ?? 'ok'])).toEqual(expected.map((code, index) => [index, code]))
  }
}

/** A cut connection is answered with 503, and asking again with the truth. */
const insist = (call: () => Promise<Job>): Promise<Job> => eventually(call, { everyMs: 50, describe: 'an answer' })

const isDeadly = (deed: Deed): boolean => deed.do === 'kill' || deed === hang

function outcomeOf(deed: Deed, attempts: number): string {
  if (deed === hang) return 'timeout'
  if (deed.do === 'kill') return 'worker-crashed'
  return deed.do === 'throw' && attempts < deed.before ? 'function-error' : 'ok'
}

const ended = new Set<Job['state']>(['succeeded', 'failed', 'cancelled'])

function expectLegal(before: Job, after: Job): void {
  if (ended.has(before.state)) expect([after.state, after.items, after.finishedAt]).toEqual([before.state, before.items, before.finishedAt])
  expect(after.state, 'input has ended').not.toBe('loading')
  expect(after.items.done).toBeGreaterThanOrEqual(before.items.done)
  expect(after.items.failed).toBeGreaterThanOrEqual(before.items.failed)
  if (before.startedAt) expect(after.startedAt).toBe(before.startedAt)
}
