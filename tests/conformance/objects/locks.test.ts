import { AssertionError, BrokenBarrierError, FencedError, LockError, ValueError } from '@manyhands/objects'
import { eventually } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { onBothDoors, onLockDoors } from './doors.ts'

onLockDoors('Lock', (program) => {
  test('one has it, the next in turn; release without having it is a ValueError', async () => {
    const lock = program().lock()
    const first = await lock.acquire()
    expect(await lock.locked()).toBe(true)
    expect(await lock.acquire({ block: false })).toBeNull()
    expect(await lock.acquire({ timeout: 0.05 })).toBeNull()
    const waiting = lock.acquire()
    await first.release()
    const second = await waiting
    expect(Number(second.token)).toBeGreaterThan(Number(first.token))
    // anybody may release it
    await lock.release()
    await expect(lock.release()).rejects.toThrow(ValueError)
    expect(await lock.locked()).toBe(false)
  })

  test('a token that is not that of the holder releases nothing', async () => {
    const lock = program().lock()
    const old = await lock.acquire()
    await old.release()
    await expect(old.release()).rejects.toMatchObject({ code: 'lock-expired' })
    const grant = await lock.acquire()
    await expect(old.release()).rejects.toThrow(LockError)
    await expect(old.release()).rejects.toMatchObject({ code: 'not-lock-holder' })
    expect(await lock.locked()).toBe(true)
    await grant.release()
  })

  test('writes under a grant are refused once it was granted again, on every object', async () => {
    const mine = program()
    const lock = mine.lock()
    const [d, l, c, q] = [mine.dict<Record<string, number>>(), mine.list<number>(), mine.counter(), mine.queue<number>()]
    await Promise.all([d, l, c, q].map((one) => one.make()))
    const old = await lock.acquire()
    await d.fenced(old).set('a', 1)
    await old.release()
    // nobody else was granted it: nothing could have changed in between
    await c.fenced(old).add()
    const next = await lock.acquire()
    const late = d.fenced(old).set('a', 2)
    await expect(late).rejects.toThrow(FencedError)
    await expect(late).rejects.toMatchObject({ code: 'fenced', token: next.token })
    await expect(l.fenced(old).append(1)).rejects.toThrow(FencedError)
    await expect(c.fenced(old).add()).rejects.toThrow(FencedError)
    await expect(q.fenced(old).put(1)).rejects.toThrow(FencedError)
    expect([await d.get('a'), await l.size(), await c.get(), await q.size()]).toEqual([1, 0, 1, 0])
    expect(await d.fenced(old).get('a')).toBe(1)
    await c.fenced(next).add()
  })

  test('20 programs add without atomic help, each under the lock: none is lost', async () => {
    const mine = program()
    const [lock, d] = [mine.lock(), mine.dict<Record<string, number>>({ n: 0 })]
    await Promise.all(Array.from({ length: 20 }, () => lock.with(async () => void (await d.set('n', ((await d.get('n')) ?? 0) + 1)))))
    expect(await d.get('n')).toBe(20)
  })
})

onLockDoors('RLock', (program) => {
  test('whoever has it gets it again; free after as many releases; released by its owner alone', async () => {
    const mine = program()
    const lock = mine.rlock({ name: `r-${Date.now()}` })
    const other = program().rlock({ name: lock.id.split('/')[2] ?? '' })
    await lock.acquire()
    await lock.acquire()
    expect(await other.acquire({ block: false })).toBeNull()
    await expect(other.release()).rejects.toThrow(AssertionError)
    await lock.release()
    expect(await lock.locked()).toBe(true)
    await lock.release()
    expect(await lock.locked()).toBe(false)
    await expect(lock.release()).rejects.toThrow(AssertionError)
    const grant = await other.acquire({ block: false })
    await grant?.release()
  })

  test('what runs inside with has it; what runs beside does not', async () => {
    const lock = program().rlock()
    const order: string[] = []
    await Promise.all(
      ['a', 'b'].map((name) =>
        lock.with(async () => {
          order.push(`${name} in`)
          await lock.with(() => lock.locked())
          order.push(`${name} out`)
        }),
      ),
    )
    expect(order).toEqual([order[0], order[0]?.replace('in', 'out'), order[2], order[2]?.replace('in', 'out')])
  })

  test('a Value has one beside it: 4 flows of 25 increments make 100', async () => {
    const value = program().value('i', 0)
    const flow = async () => {
      for (let i = 0; i < 25; i++) {
        await using _ = await value.getLock()
        await value.set((await value.get()) + 1)
      }
    }
    await Promise.all([flow(), flow(), flow(), flow()])
    expect(await value.get()).toBe(100)
  })

  test('lock: false gives none', async () => {
    await expect(program().value('i', 0, { lock: false }).getLock()).rejects.toMatchObject({ code: 'object-not-found' })
  })
})

onBothDoors('Semaphore', (program) => {
  test('so many may have it; BoundedSemaphore minds its bound', async () => {
    const s = program().semaphore(2)
    expect([await s.acquire(), await s.acquire(), await s.acquire({ block: false })]).toEqual([true, true, false])
    const waiting = s.acquire()
    await s.release()
    expect(await waiting).toBe(true)
    await s.release(3)
    expect(await s.getValue()).toBe(3)
    const bounded = program().boundedSemaphore(1)
    await expect(bounded.release()).rejects.toThrow(ValueError)
    expect(() => program().semaphore(-1)).toThrow(ValueError)
  })
})

onBothDoors('Event', (program) => {
  test('wakes all who wait, and tells of a time that was over', async () => {
    const event = program().event()
    expect(await event.wait(0.05)).toBe(false)
    const waiting = Promise.all([event.wait(), event.wait(), event.wait(5)])
    await event.set()
    expect(await waiting).toEqual([true, true, true])
    expect([await event.isSet(), await event.wait(0)]).toEqual([true, true])
    await event.clear()
    expect([await event.isSet(), await event.wait(0)]).toEqual([false, false])
  })
})

onLockDoors('Condition', (program) => {
  test('wait frees all levels of the lock; notify wakes so many; one that gave up swallows nothing', async () => {
    const mine = program()
    const name = `c-${Date.now()}`
    const [one, two, three] = [mine.condition({ name }), program().condition({ name }), program().condition({ name })]
    await expect(one.wait()).rejects.toThrow(AssertionError)
    await expect(one.notify()).rejects.toThrow(AssertionError)
    const woken: string[] = []
    const waiter = async (condition: typeof one, word: string) => {
      await condition.acquire()
      await condition.acquire()
      if (await condition.wait()) woken.push(word)
      await condition.release()
      await condition.release()
    }
    const waits = [waiter(one, 'one'), waiter(two, 'two')]
    await three.acquire()
    // forgotten: nobody waits under this lock that has not waited before
    expect(await three.wait({ timeout: 0.2 })).toBe(false)
    await three.notify()
    await three.release()
    await Promise.race(waits)
    expect(woken).toHaveLength(1)
    await three.with(() => three.notifyAll())
    await Promise.all(waits)
    expect(woken.toSorted()).toEqual(['one', 'two'])
    expect(await one.lock.locked()).toBe(false)
  })

  test('waitFor looks after each notification', async () => {
    const mine = program()
    const [condition, counter] = [mine.condition(), mine.counter()]
    const name = condition.id
    expect(name).toContain('/condition/')
    await condition.acquire()
    expect(await condition.waitFor(async () => (await counter.get()) > 0, 0.05)).toBe(false)
    await condition.release()
  })
})

onBothDoors('Barrier', (program) => {
  test('all go on when the last has come, each with its place; the action runs first, and again in the next round', async () => {
    let acted = 0
    const barrier = program().barrier(3, { action: () => acted++ })
    for (const round of [1, 2]) {
      const places = await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])
      expect([places.toSorted(), acted]).toEqual([[0, 1, 2], round])
    }
    expect([await barrier.parties(), await barrier.nWaiting(), await barrier.broken()]).toEqual([3, 0, false])
  })

  test('one that gives up breaks it for all until reset', async () => {
    const barrier = program().barrier(3)
    const both = await Promise.allSettled([barrier.wait(), barrier.wait(0.1)])
    expect(both.map((one) => one.status === 'rejected' && one.reason)).toEqual([
      expect.any(BrokenBarrierError),
      expect.any(BrokenBarrierError),
    ])
    expect(await barrier.broken()).toBe(true)
    await expect(barrier.wait()).rejects.toThrow(BrokenBarrierError)
    await barrier.reset()
    const thrown = expect(barrier.wait()).rejects.toThrow(BrokenBarrierError)
    await eventually(async () => expect(await barrier.nWaiting()).toBe(1))
    await barrier.reset()
    await thrown
    expect(await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).toHaveLength(3)
  })

  test('an action that throws breaks it', async () => {
    const barrier = program().barrier(2, {
      action: () => {
        throw new RangeError('no')
      },
    })
    const both = await Promise.allSettled([barrier.wait(), barrier.wait()])
    expect(both.map((one) => (one.status === 'rejected' ? one.reason.name : 'fine')).toSorted()).toEqual([
      'BrokenBarrierError',
      'RangeError',
    ])
  })
})
