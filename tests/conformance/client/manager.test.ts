import { ValueError } from '@manyhands/client'
import { eventually } from '@manyhands/testing'
import { expect, it } from 'vitest'
import { fleet, patient, rejection } from './fleet.ts'

const own = fleet()
const hands = () => own.hands()

it('initializer: called once for a manager, by the first that starts it; the others wait until it has returned', async () => {
  const programs = [hands(), hands(), hands()]
  const sums = await Promise.all(
    programs.map(async (one) => {
      const manager = one.manager('set-up')
      const scores = manager.dict<Record<string, number>>({}, { name: 'scores' })
      await manager.start({ initializer: 'fillIn', initArgs: [scores, 100] })
      return scores.get('filled')
    }),
  )
  expect(sums).toEqual([1, 1, 1])
  await hands().manager('set-up').shutdown()
})

it('initializer: one that throws is told to who starts, and called again by the next', async () => {
  const manager = hands().manager('broken')
  expect(await rejection(manager.start({ initializer: 'even', initArgs: [3] }))).toMatchObject({ name: 'OddError', message: '3 is odd' })
  await hands()
    .manager('broken')
    .start({ initializer: 'even', initArgs: [2] })
  await manager.shutdown()
})

it('initializer: initArgs without one, and a lifetime that is none, are a ValueError', async () => {
  const lonely = hands()
    .manager('x')
    .start({ initArgs: [1] } as never)
  expect(await rejection(lonely)).toBeInstanceOf(ValueError)
  expect(() => hands().manager('x', { ttlMs: 0 })).toThrow(ValueError)
  expect(() => hands().manager('x', { ttlms: 5 } as never)).toThrow('did you mean ttlMs?')
})

it('a manager with a lifetime ends by itself; made again it begins anew', patient, async () => {
  const list = hands().manager('short', { ttlMs: 400 }).list([1], { name: 'l' })
  await list.make()
  const kept = hands().manager('kept', { ttlMs: 400 }).list([1], { name: 'l' })
  await kept.make()
  await hands().manager('kept', { ttlMs: 60_000 }).start()
  await eventually(() => expect(list.size()).rejects.toMatchObject({ code: 'object-not-found' }), { timeoutMs: 10_000 })
  expect(await kept.size()).toBe(1)
})

it('an object that a function makes without a name lives as long as results do', async () => {
  const made = await hands().apply('makeOne', [5])
  expect(await made.get('n')).toBe(5)
  const manager = await own.stack.json<{ endsAt: string }>('GET', `/v1/managers/${made.id.split('/')[0]}`)
  const hours = (Date.parse(manager.endsAt) - Date.now()) / 3_600_000
  expect(hours).toBeGreaterThan(24)
  expect(hours).toBeLessThan(26)
})

it('an object without a name outlives its program while a process that was given it runs', patient, async () => {
  const [mine, others] = [hands(), hands()]
  const [queue, gate] = [mine.queue<string>(), others.queue<string>(0, { name: 'gate' })]
  const unused = mine.manager()
  await unused.start()
  await gate.make()
  const sent = others.queue<typeof queue>()
  await sent.put(queue)
  const same = await sent.get()
  const p = mine.process({ target: 'passOn', args: [gate, queue] })
  await p.start()
  await mine.session.end()
  // what nobody uses has gone
  await eventually(async () => expect((await own.stack.call('GET', `/v1/managers/${unused.name}`)).status).toBe(404), { timeoutMs: 15_000 })
  await gate.put('hello')
  expect(await same.get({ timeout: 10 })).toBe('hello')
  await eventually(() => expect(same.size()).rejects.toMatchObject({ code: 'object-not-found' }), { timeoutMs: 15_000 })
})
