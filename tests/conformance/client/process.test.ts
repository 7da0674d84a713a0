import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { AssertionError, type Process, ProcessLostError, ValueError } from '@manyhands/client'
import { expect, it } from 'vitest'
import { startStack } from '../../stack.ts'
import { fleet, patient, rejection } from './fleet.ts'
import { shown } from './functions.ts'
import { strays, values } from './rules/values.ts'

const own = fleet()
const hands = () => own.hands()

async function run(process: Process): Promise<Process> {
  await process.start()
  await process.join()
  return process
}
async function linesOf(process: Process, stream?: 'stdout' | 'stderr'): Promise<string[]> {
  const lines: string[] = []
  for await (const line of process.logs({ stream })) lines.push(line)
  return lines
}

it("the seed's Process: Hello Alice from process 12345", async () => {
  const p = await run(hands().process({ target: 'hello', args: ['Alice'] }))
  expect(p.exitCode).toBe(0)
  expect(await linesOf(p)).toEqual([`Hello Alice from process ${p.pid}`])
  expect([p.host, p.daemon]).toEqual([hostname(), false])
})

it('rule 23: start() twice is an AssertionError', async () => {
  const p = await run(hands().process({ target: 'now' }))
  expect(await rejection(p.start())).toBeInstanceOf(AssertionError)
})

it('rule 23: exitCode is null before the start and while it runs, and 0 in the end', async () => {
  const p = hands().process({ target: 'wait', args: [300] })
  expect([p.exitCode, p.pid, await p.isAlive()]).toEqual([null, null, false])
  await p.start()
  expect([p.exitCode, typeof p.pid, await p.isAlive()]).toEqual([null, 'number', true])
  await p.join()
  expect([p.exitCode, await p.isAlive()]).toEqual([0, false])
})

it('rule 23: a thrown error is exit code 1, and is told on no other way', async () => {
  const p = await run(hands().process({ target: 'even', args: [3] }))
  expect(p.exitCode).toBe(1)
  expect(p.record).toMatchObject({ state: 'failed', error: { name: 'OddError', message: '3 is odd' } })
})

it('rule 23: exit(n) is exit code n', async () => {
  for (const code of [0, 7, 255]) expect((await run(hands().process({ target: 'exit', args: [code] }))).exitCode).toBe(code)
})

it('rule 23: SIGTERM and SIGKILL are -15 and -9, also of a function that computes', async () => {
  for (const [word, exitCode] of [
    ['terminate', -15],
    ['kill', -9],
  ] as const) {
    const p = hands().process({ target: 'burn', args: [60_000] })
    await p.start()
    const from = performance.now()
    await p[word]()
    await p.join()
    expect(performance.now() - from).toBeLessThan(1000)
    expect([p.exitCode, await p.isAlive()]).toEqual([exitCode, false])
  }
  for (const [signal, exitCode] of [
    ['SIGTERM', -15],
    ['SIGKILL', -9],
    ['SIGABRT', -6],
  ] as const)
    expect((await run(hands().process({ target: 'signalSelf', args: [signal] }))).exitCode).toBe(exitCode)
})

it('rule 23: join(timeout) returns after the timeout, and may be called again', async () => {
  const p = hands().process({ target: 'wait', args: [1500] })
  await p.start()
  const from = performance.now()
  await p.join(0.3)
  const took = performance.now() - from
  expect([took >= 300, took < 1000, p.exitCode]).toEqual([true, true, null])
  await p.join(0)
  await p.join(-1)
  expect(p.exitCode).toBeNull()
  await p.join()
  await p.join()
  expect(p.exitCode).toBe(0)
})

it('rule 23: terminate and kill on a finished process are harmless', async () => {
  const p = await run(hands().process({ target: 'now' }))
  await p.terminate()
  await p.kill()
  expect([p.exitCode, await p.isAlive()]).toEqual([0, false])
})

it('close() of a running one is a ValueError; of an ended one it gives everything back', async () => {
  const p = hands().process({ target: 'wait', args: [60_000] })
  await p.start()
  expect(await rejection(p.close())).toBeInstanceOf(ValueError)
  await p.kill()
  await p.join()
  const { id } = p
  await p.close()
  await p.close()
  expect((await own.stack.call('GET', `/v1/processes/${id}`)).status).toBe(404)
  expect(() => p.exitCode).toThrow(ValueError)
  for (const call of [() => p.join(), () => p.start(), () => p.terminate(), () => p.isAlive()])
    expect(await rejection(call())).toBeInstanceOf(ValueError)
})

it('join, terminate and kill before the start are AssertionErrors', async () => {
  const p = hands().process({ target: 'now' })
  for (const call of [() => p.join(), () => p.terminate(), () => p.kill()]) expect(await rejection(call())).toBeInstanceOf(AssertionError)
  expect(() => p.logs()).toThrow(AssertionError)
})

it('names count from Process-1; its own name is what the function sees', async () => {
  const program = hands()
  const names = [1, 2].map(() => program.process({ target: 'now' }).name)
  expect(names).toEqual(['Process-1', 'Process-2'])
  const p = await run(program.process({ target: 'nameOfProcess', name: 'Greeter' }))
  expect([p.name, await linesOf(p)]).toEqual(['Greeter', ['Greeter']])
  expect(program.process({ target: 'now' }).name).toBe('Process-4')
})

it('each has a process of its own', async () => {
  const program = hands()
  const processes = [1, 2, 3].map(() => program.process({ target: 'wait', args: [500] }))
  await Promise.all(processes.map((p) => p.start()))
  expect(new Set(processes.map((p) => p.pid)).size).toBe(3)
  const alive = await program.activeChildren()
  expect(alive.map((p) => p.name).sort()).toEqual(['Process-1', 'Process-2', 'Process-3'])
  await Promise.all(processes.map((p) => p.join()))
  expect(await program.activeChildren()).toEqual([])
})

it('rule 8: a target that nobody knows is refused at the start, which may be tried again', async () => {
  const p = hands().process({ target: 'hello' as 'hello', args: ['Alice'] })
  expect(() => hands().process({ target: 'now', group: 'g' as unknown as null })).toThrow(AssertionError)
  expect(() => hands().process({ target: 'hello', args: 'Alice' as unknown as [string] })).toThrow(ValueError)
  const stranger = hands().process({ target: 'stranger' as 'now' })
  expect(await rejection(stranger.start())).toMatchObject({ code: 'function-not-found' })
  expect(await rejection(stranger.start())).toMatchObject({ code: 'function-not-found' })
  expect((await run(p)).exitCode).toBe(0)
})

it('what it writes can be read while it runs', async () => {
  const p = hands().process({ target: 'hello', args: ['Alice'] })
  await p.start()
  const iterator = p.logs({ stream: 'stdout' })
  expect((await iterator.next()).value).toBe(`Hello Alice from process ${p.pid}`)
  expect((await iterator.next()).done).toBe(true)
})

it('rule 23: a daemon ends with the session of its program, and others run on', async () => {
  const program = hands()
  const [daemon, other] = [true, false].map((daemon) => program.process({ target: 'wait', args: [60_000], daemon }))
  await Promise.all([daemon?.start(), other?.start()])
  await program.session.end()
  await daemon?.join(5)
  expect([daemon?.exitCode, await other?.isAlive()]).toEqual([-15, true])
  await other?.kill()
})

it('rule 23: a daemonic process may not have children, others may', async () => {
  const [daemon, other] = await Promise.all([true, false].map((daemon) => run(hands().process({ target: 'bears', daemon }))))
  expect([daemon?.exitCode, daemon?.record?.error]).toMatchObject([
    1,
    { name: 'AssertionError', message: expect.stringContaining('daemonic') },
  ])
  expect(other?.exitCode).toBe(0)
})

it('rule 24: values arrive equal as args and kwargs of a process', async () => {
  const small = values.filter((value) => typeof value !== 'string' || value.length < 1000)
  const p = await run(hands().process({ target: 'show', args: [small], kwargs: { last: small } }))
  expect(await linesOf(p)).toEqual([...small, small].map((value) => inspect(value, shown)))
})

it.each(strays)('rule 24: %s is refused by the start of a process, with a ValueError', async (_, stray) => {
  const one = hands().process({ target: 'identity', args: [stray] })
  const other = hands().process({ target: 'keyword', kwargs: { value: stray } })
  for (const p of [one, other]) expect(await rejection(p.start())).toBeInstanceOf(ValueError)
})

it('rule 8: join of one whose worker died rejects', { timeout: 60_000 }, async () => {
  const stack = await startStack({ redisUrl: own.redisUrl, settings: { MANYHANDS_LEASE_MS: '1000' } })
  try {
    const p = own.hands({ url: stack.url }).process({ target: 'spin' as 'burn', args: [60_000] })
    await p.start()
    stack.workers[0]?.kill('SIGKILL')
    await stack.addWorker()
    const error = await rejection(p.join())
    expect(error).toBeInstanceOf(ProcessLostError)
    expect(error).toMatchObject({ code: 'process-lost', jobId: p.id, message: expect.stringContaining('died') })
    await expect.poll(() => p.isAlive(), patient).toBe(false)
    expect(p.exitCode).toBeNull()
  } finally {
    await stack.stop()
  }
})
