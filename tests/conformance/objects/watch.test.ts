import { expect, test } from 'vitest'
import { onBothDoors } from './doors.ts'

interface Seen {
  version: number
  value?: unknown
  method?: string | undefined
  args?: unknown[] | undefined
}

/** The next so many of them. */
async function take(changes: AsyncGenerator<Seen>, count: number): Promise<Seen[]> {
  const seen: Seen[] = []
  while (seen.length < count) seen.push((await changes.next()).value)
  return seen
}

onBothDoors('watch', (program) => {
  test('all of it comes first, then each write, in order, whoever made it', async () => {
    const [mine, other] = [program(), program()]
    const dict = mine.dict<Record<string, number>>({ alice: 1 }, { name: 'watched' })
    const changes = dict.watch()
    expect(await take(changes, 1)).toEqual([{ version: 0, value: [['alice', 1]] }])
    const theirs = other.dict<Record<string, number>>({ alice: 1 }, { name: 'watched' })
    await theirs.set('bob', 2)
    await dict.increment('bob', 0.5)
    expect(await theirs.get('bob')).toBe(2.5)
    await theirs.update({ carol: 3, dan: 4 })
    expect(await take(changes, 3)).toEqual([
      { version: 1, method: 'set', args: ['bob', 2] },
      { version: 2, method: 'increment', args: ['bob', 0.5] },
      {
        version: 3,
        method: 'update',
        args: [
          [
            ['carol', 3],
            ['dan', 4],
          ],
          null,
        ],
      },
    ])
    await changes.return()
  })

  test('numbers of a C type are numbers, and objects arrive live', async () => {
    const mine = program()
    const array = mine.array('d', [0.5, 1])
    const ofArray = array.watch()
    expect(await take(ofArray, 1)).toEqual([{ version: 0, value: [0.5, 1] }])
    await array.set(1, 2.5)
    expect(await take(ofArray, 1)).toEqual([{ version: 1, method: 'set', args: [1, 2.5] }])
    const [list, counter] = [mine.list<unknown>(), mine.counter(5)]
    const ofList = list.watch()
    await take(ofList, 1)
    await list.append(counter)
    const [appended] = (await take(ofList, 1)).map(({ args = [] }) => args[0] as typeof counter)
    expect(await appended?.get()).toBe(5)
    await Promise.all([ofArray.return(), ofList.return()])
  })

  test('what a waiting call does in its turn is told too', async () => {
    const mine = program()
    const queue = mine.queue<string>()
    const changes = queue.watch()
    expect(await take(changes, 1)).toEqual([{ version: 0, value: 0 }])
    const got = queue.get()
    await queue.put('x')
    expect(await got).toBe('x')
    const methods = (await take(changes, 2)).map(({ method }) => method)
    expect(methods).toEqual(['put', 'get'])
    await changes.return()
  })

  test('it ends when the object is gone, and when its signal aborts', async () => {
    const mine = program()
    const stop = new AbortController()
    const changes = mine.dict().watch({ signal: stop.signal })
    await take(changes, 1)
    const next = changes.next()
    stop.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
  })
})
