import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import type { Service } from '../stack.ts'
import { type Fleet, leaseMs, startFleet } from './fleet.ts'
import { luaMutant, type Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })

/** A job that a stopped worker has, and that another one has taken over; each holds it at the gate. */
interface Contested {
  id: string
  gate: string
  zombie: number
  heir: number
}

/** Every job is begun by the only worker, which stops then; another one takes over. */
async function contest(fleet: Fleet, zombie: Service, names: string[]): Promise<Contested[]> {
  const gates = names.map((name) => fleet.journal.gate(name))
  const ids = await fleet.actAll(gates.map((gate) => ({ do: 'wait', gate })))
  const first = await Promise.all(ids.map((id) => fleet.begun(id)))
  await fleet.addWorker()
  zombie.kill('SIGSTOP')
  const second = await Promise.all(ids.map((id) => fleet.begun(id, 2, 4 * leaseMs)))
  return ids.map((id, i) => ({ id, gate: gates[i] ?? '', zombie: first[i]?.pid ?? 0, heir: second[i]?.pid ?? 0 }))
}

/** Its job ended while the first worker slept. */
async function finishedByHeir(fleet: Fleet, { id, gate, zombie, heir }: Contested): Promise<unknown> {
  fleet.journal.open(gate, heir)
  const ended = await fleet.ended(id)
  fleet.journal.open(gate, zombie)
  return ended
}

const value = async (fleet: Fleet, id: string) => (await fleet.json<{ value: number }>('GET', `/v1/jobs/${id}/result`)).value

/** The worker wakes up with results for jobs that have ended meanwhile, and for jobs that still run elsewhere. */
async function wakeUp(fleet: Fleet, round: number, each: number): Promise<void> {
  const zombie = fleet.workers.at(-1) as Service
  const names = Array.from({ length: 2 * each }, (_, i) => `${round}-${i}`)
  const all = await contest(fleet, zombie, names)
  const [over, running] = [all.slice(0, each), all.slice(each)]
  const before = await Promise.all(over.map((one) => finishedByHeir(fleet, one)))
  for (const { gate, zombie: pid } of running) fleet.journal.open(gate, pid)
  zombie.kill('SIGCONT')
  // it ends in order: so it has sent all that it had to say
  await zombie.stop()
  for (const { id } of running) expect((await fleet.json('GET', `/v1/jobs/${id}`)).state).toBe('running')
  for (const { gate } of running) fleet.journal.open(gate)
  for (const { id } of running) expect((await fleet.ended(id)).state).toBe('succeeded')
  const after = await Promise.all(over.map(({ id }) => fleet.json('GET', `/v1/jobs/${id}`)))
  expect(after).toEqual(before)
  for (const { id, heir } of all) {
    expect(fleet.journal.begins(id)).toHaveLength(2)
    expect(await value(fleet, id)).toBe(heir)
    expect(await fleet.storedTwice(id)).toBe(0)
  }
}

async function zombies(rounds: number, each: number, mutant?: Mutant): Promise<void> {
  const fleet = await startFleet(server.url, { processes: 2 * each, mutant })
  for (let round = 0; round < rounds; round++) await wakeUp(fleet, round, each)
}

test('promise 7: a worker that wakes up after its lease: 2 starts, 1 result, and an ended job stays as it is', { timeout: patience }, () =>
  zombies(bySize(3, 50), 2),
)

test('promise 7, mutant: any attempt may settle', async () => {
  const mutant = luaMutant('settle.lua', 'chunk.a ~= slice.attempt', 'false')
  await expect(zombies(1, 1, mutant)).rejects.toThrow("'succeeded' to be 'running'")
})
