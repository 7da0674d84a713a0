import { AttributeError, KeyError, OverflowError, SharedTypeError, VersionError } from '@manyhands/objects'
import { expect, test } from 'vitest'
import { onBothDoors } from './doors.ts'

onBothDoors('dict', (program) => {
  test("has Python's methods", async () => {
    const d = program().dict<Record<string, unknown>>({ a: 1, b: [2, { c: 3 }] })
    expect(await d.get('a')).toBe(1)
    expect(await d.get('z')).toBeNull()
    expect(await d.get('z', 7)).toBe(7)
    await expect(d.getItem('z')).rejects.toThrow(KeyError)
    await d.set('c', 'three')
    expect(await d.keys()).toEqual(['a', 'b', 'c'])
    expect(await d.values()).toEqual([1, [2, { c: 3 }], 'three'])
    expect(await d.items()).toEqual([['a', 1], ['b', [2, { c: 3 }]], ['c', 'three']]) // biome-ignore format: a table
    expect([await d.size(), await d.has('b'), await d.has('z')]).toEqual([3, true, false])
    await d.delete('b')
    await expect(d.delete('b')).rejects.toThrow(KeyError)
    expect(await d.pop('a')).toBe(1)
    expect(await d.pop('a', 9)).toBe(9)
    await expect(d.pop('a')).rejects.toThrow(KeyError)
    expect(await d.setDefault('c', 'other')).toBe('three')
    expect(await d.setDefault('e', 5)).toBe(5)
    expect(await d.popItem()).toEqual(['e', 5])
    await d.clear()
    expect(await d.size()).toBe(0)
    await expect(d.popItem()).rejects.toThrow(KeyError)
    await d.set('again', 1)
    expect(await d.toObject()).toEqual({ again: 1 })
  })

  test("keys are values: 1 and '1' are two, and objects are equal whatever the order of their keys", async () => {
    const d = program().dict<Map<unknown, string>>(new Map<unknown, string>([[1, 'number'], ['1', 'text']])) // biome-ignore format: a table
    await d.set({ x: 1, y: { b: 2, a: 1 } }, 'object')
    expect(await d.get(1)).toBe('number')
    expect(await d.get('1')).toBe('text')
    expect(await d.get({ y: { a: 1, b: 2 }, x: 1 })).toBe('object')
    expect(await d.size()).toBe(3)
  })

  test('keeps the order in which keys came, also when one is set again, and not when it was deleted before', async () => {
    const d = program().dict<Record<string, number>>({ x: 1, y: 2, z: 3 })
    await d.set('x', 9)
    await d.delete('y')
    await d.set('y', 8)
    expect(await d.items()).toEqual([['x', 9], ['z', 3], ['y', 8]]) // biome-ignore format: a table
  })

  test('what the wire carries arrives as it was', async () => {
    const d = program().dict<Record<string, unknown>>()
    const values = [
      null,
      false,
      0,
      -0,
      0.1 + 0.2,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2n ** 70n,
      '',
      new Date(0),
      new Uint8Array([1, 2]),
      [],
      {},
    ]
    for (const value of values) {
      await d.set('v', value)
      expect(await d.get('v')).toEqual(value)
    }
    await expect(d.set('v', () => 1)).rejects.toThrow(SharedTypeError)
  })

  test('increment is atomic, on numbers alone', async () => {
    const [one, two] = [program(), program()]
    const name = `visits-${Math.random()}`.replace('.', '')
    const [a, b] = [one.dict<Record<string, unknown>>({ word: 'w' }, { name }), two.dict<Record<string, unknown>>({ word: 'w' }, { name })]
    await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).increment('n')))
    expect(await a.get('n')).toBe(100)
    expect(await a.increment('n', 0.5)).toBe(100.5)
    await expect(a.increment('word')).rejects.toThrow(SharedTypeError)
    await a.set('n', Number.MAX_SAFE_INTEGER)
    await expect(a.increment('n')).rejects.toThrow(OverflowError)
  })

  test('update sets all at once, if the version is still the same', async () => {
    const d = program().dict<Record<string, number>>()
    const version = await d.update({ a: 1, b: 2 })
    expect(await d.update(new Map([['c', 3]]) as never, { version })).toBe(version + 1)
    const late = d.update({ a: 9 }, { version })
    await expect(late).rejects.toThrow(VersionError)
    await expect(late).rejects.toMatchObject({ version: version + 1 })
    expect(await d.toObject()).toEqual({ a: 1, b: 2, c: 3 })
  })

  test('shared objects inside stay live', async () => {
    const mine = program()
    const inner = mine.list<number>([1])
    const outer = mine.dict<Record<string, typeof inner>>({}, { name: `outer-${Date.now()}` })
    await outer.set('list', inner)
    const seen = await program()
      .dict<Record<string, typeof inner>>({}, { name: outer.id.split('/')[2] ?? '' })
      .get('list')
    await seen?.append(2)
    expect(await inner.slice()).toEqual([1, 2])
    expect(seen?.id).toBe(inner.id)
  })

  test('one that was made with other arguments is not taken for the same', async () => {
    const name = `made-${Date.now()}`
    await program().counter(1, { name }).get()
    expect(await program().counter(1, { name }).add(2)).toBe(3)
    await expect(program().counter(7, { name }).get()).rejects.toMatchObject({ code: 'object-differs' })
  })
})

onBothDoors('namespace', (program) => {
  test('names and values', async () => {
    const space = program().namespace<{ x: number; y: string }>({ x: 1 })
    await space.set('y', 'two')
    expect(await space.toObject()).toEqual({ x: 1, y: 'two' })
    await space.delete('x')
    await expect(space.get('x')).rejects.toThrow(AttributeError)
    expect(await space.has('y')).toBe(true)
  })
})

onBothDoors('counter', (program) => {
  test('add, get, reset', async () => {
    const counter = program().counter()
    expect(await Promise.all([counter.add(), counter.add(5), counter.add(-2)])).toEqual([1, 6, 4])
    expect(await counter.add(0.1)).toBe(4.1)
    expect(await counter.reset()).toBe(4.1)
    expect(await counter.get()).toBe(0)
    expect(await counter.add(0.1)).toBe(0.1)
    expect(await counter.add(0.2)).toBe(0.30000000000000004)
  })

  test('10,000 adds of 4 programs: none is lost', async () => {
    const counter = program().counter()
    const seen = program()
    await counter.make()
    const dict = seen.dict<Record<string, typeof counter>>()
    await dict.set('c', counter)
    const programs = await Promise.all([counter, dict.get('c'), dict.get('c'), dict.get('c')])
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => programs[i % 4]?.add()))
    expect(await counter.get()).toBe(10_000)
  })
})
