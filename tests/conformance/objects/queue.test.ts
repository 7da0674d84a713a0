import { QueueEmpty, QueueFull, ValueError } from '@manyhands/objects'
import { eventually } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { onBothDoors } from './doors.ts'

onBothDoors('Queue', (program) => {
  test('FIFO; empty and full are told at once where nobody waits', async () => {
    const q = program().queue<unknown>(2)
    await expect(q.getNowait()).rejects.toThrow(QueueEmpty)
    await q.put({ a: 1 })
    await q.put(null)
    expect([await q.full(), await q.empty(), await q.size()]).toEqual([true, false, 2])
    await expect(q.putNowait(3)).rejects.toThrow(QueueFull)
    await expect(q.put(3, { timeout: 0.05 })).rejects.toThrow(QueueFull)
    expect([await q.get(), await q.get()]).toEqual([{ a: 1 }, null])
    await expect(q.get({ timeout: 0.05 })).rejects.toThrow(QueueEmpty)
    await expect(q.get({ timeout: -1 })).rejects.toThrow(QueueEmpty)
    q.close()
    await expect(q.put(1)).rejects.toThrow(ValueError)
    await expect(q.get()).rejects.toThrow(ValueError)
  })

  test('those that wait get what comes in their turn; a put wakes one', async () => {
    const mine = program()
    const q = mine.queue<number>()
    await q.make()
    const d = mine.dict<Record<string, typeof q>>()
    await d.set('q', q)
    const got: string[] = []
    const getters: Promise<void>[] = []
    for (const name of ['a', 'b', 'c']) {
      getters.push(q.get().then((item) => void got.push(`${name}${item}`)))
      // each stands in the line before the next one comes: a call of the same program is behind it
      await q.size()
    }
    await q.put(1)
    await eventually(() => expect(got).toEqual(['a1']))
    await q.put(2)
    await q.put(3)
    await Promise.all(getters)
    expect(got).toEqual(['a1', 'b2', 'c3'])
  })

  test('a put that waits goes on when there is room, in turn', async () => {
    const q = program().queue<number>(1)
    await q.put(0)
    const puts = [q.put(1), q.put(2)]
    expect(await q.get()).toBe(0)
    expect(await q.get()).toBe(1)
    expect(await q.get()).toBe(2)
    await Promise.all(puts)
    expect(await q.size()).toBe(0)
  })

  test('one that gave up is given nothing', async () => {
    const q = program().queue<number>()
    await expect(q.get({ timeout: 0.05 })).rejects.toThrow(QueueEmpty)
    const aborted = q.get({ signal: AbortSignal.timeout(50) })
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' })
    await q.put(1)
    expect(await q.get()).toBe(1)
  })

  test('100 producers and 100 consumers: nothing lost, nothing twice, FIFO per producer', async () => {
    const q = program().queue<[number, number]>(10)
    const got: [number, number][] = []
    const consumers = Array.from({ length: 100 }, async () => {
      for (let i = 0; i < 5; i++) got.push(await q.get())
    })
    const producers = Array.from({ length: 100 }, async (_, p) => {
      for (let i = 0; i < 5; i++) await q.put([p, i])
    })
    await Promise.all([...consumers, ...producers])
    expect(new Set(got.map(String)).size).toBe(500)
    expect(await q.size()).toBe(0)
  })

  test('a delivery that is not acked comes again; one that is, does not', async () => {
    const q = program().queue<string>()
    await q.put('a')
    await q.put('b')
    const first = await q.get({ leaseMs: 60_000 })
    expect([first.value, first.deliveries]).toEqual(['a', 1])
    await first.ack()
    await expect(first.ack()).rejects.toMatchObject({ code: 'lock-expired' })
    const lost = await q.get({ leaseMs: 30 })
    // it waits: the lease of the other ends meanwhile
    const again = await q.get({ leaseMs: 60_000 })
    expect([again.value, again.deliveries]).toEqual(['b', 2])
    await expect(lost.ack()).rejects.toMatchObject({ code: 'lock-expired' })
    await again.ack()
    expect(await q.empty()).toBe(true)
  })
})

onBothDoors('JoinableQueue', (program) => {
  test('join returns when each put was answered', async () => {
    const q = program().joinableQueue<number>()
    expect(await q.join()).toBe(true)
    await q.put(1)
    await q.put(2)
    expect(await q.join({ timeout: 0.05 })).toBe(false)
    const joined = q.join()
    // it may come before the get
    await q.taskDone()
    await q.get()
    await q.taskDone()
    expect(await joined).toBe(true)
    await expect(q.taskDone()).rejects.toThrow(ValueError)
  })
})

onBothDoors('Pipe', (program) => {
  test('both ways; the end comes behind what was sent', async () => {
    const [a, b] = program().pipe()
    await a.send({ hello: 1 })
    await b.send('back')
    expect([await a.recv(), await b.recv()]).toEqual(['back', { hello: 1 }])
    expect(await a.poll()).toBe(false)
    const waiting = a.recv()
    await b.send(2)
    expect(await waiting).toBe(2)
    await b.send(3)
    await b.close()
    expect(await a.poll()).toBe(true)
    expect(await a.recv()).toBe(3)
    expect(await a.poll()).toBe(true)
    await expect(a.recv()).rejects.toMatchObject({ name: 'EOFError' })
    await expect(b.send(1)).rejects.toMatchObject({ name: 'OSError' })
    await expect(a.send(1)).rejects.toMatchObject({ name: 'OSError' })
  })

  test('duplex: false is a reader and a writer', async () => {
    const [reader, writer] = program().pipe({ duplex: false })
    await writer.send(1)
    expect(await reader.recv()).toBe(1)
    await expect(reader.send(1)).rejects.toMatchObject({ name: 'OSError' })
    await expect(writer.recv()).rejects.toMatchObject({ name: 'OSError' })
  })
})
