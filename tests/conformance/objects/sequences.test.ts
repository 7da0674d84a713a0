import { IndexError, KeyError, OverflowError, SharedTypeError, ValueError } from '@manyhands/objects'
import { expect, test } from 'vitest'
import { onBothDoors } from './doors.ts'

onBothDoors('list', (program) => {
  test("has Python's methods", async () => {
    const l = program().list<unknown>([3, 1, 2])
    await l.append('x')
    await l.extend([5, 6])
    expect(await l.slice()).toEqual([3, 1, 2, 'x', 5, 6])
    expect([await l.get(0), await l.get(-1), await l.size()]).toEqual([3, 6, 6])
    await expect(l.get(6)).rejects.toThrow(IndexError)
    await expect(l.set(-7, 0)).rejects.toThrow(IndexError)
    await l.set(-1, 7)
    await l.insert(1, 'in')
    await l.insert(100, 'end')
    await l.insert(-100, 'start')
    expect(await l.slice()).toEqual(['start', 3, 'in', 1, 2, 'x', 5, 7, 'end'])
    expect([await l.pop(), await l.pop(0), await l.pop(1)]).toEqual(['end', 'start', 'in'])
    await expect(l.pop(99)).rejects.toThrow(IndexError)
    await l.remove('x')
    await expect(l.remove('x')).rejects.toThrow(ValueError)
    await l.reverse()
    expect(await l.slice()).toEqual([7, 5, 2, 1, 3])
    expect([await l.index(2), await l.count(2), await l.has(9)]).toEqual([2, 1, false])
    await expect(l.index(7, 1)).rejects.toThrow(ValueError)
    await expect(l.index(3, 0, 4)).rejects.toThrow(ValueError)
    await l.sort()
    expect(await l.slice()).toEqual([1, 2, 3, 5, 7])
    await l.sort({ key: (n) => -(n as number) })
    expect(await l.copy()).toEqual([7, 5, 3, 2, 1])
    await l.delete(-1)
    await l.clear()
    expect(await l.size()).toBe(0)
    await expect(l.pop()).rejects.toThrow(IndexError)
    await l.append(1)
    expect(await l.slice()).toEqual([1])
  })

  test('slices are copies; assigned ones make the list longer or shorter', async () => {
    const l = program().list([0, 1, 2, 3, 4, 5])
    expect(await l.slice(1, -1)).toEqual([1, 2, 3, 4])
    expect(await l.slice(4, 2)).toEqual([])
    expect(await l.slice(undefined, undefined, -2)).toEqual([5, 3, 1])
    expect(await l.slice(-100, 100, 4)).toEqual([0, 4])
    await expect(l.slice(0, 1, 0)).rejects.toThrow(TypeError)
    await l.setSlice([10, 11, 12], 1, 3)
    expect(await l.slice()).toEqual([0, 10, 11, 12, 3, 4, 5])
    await l.setSlice([], 1, 4)
    expect(await l.slice()).toEqual([0, 3, 4, 5])
    await l.setSlice([9], 0, 0)
    await l.deleteSlice(2)
    expect(await l.slice()).toEqual([9, 0])
  })
})

onBothDoors('set', (program) => {
  const sorted = async (values: Promise<unknown[]>) => (await values).toSorted()

  test("has Python's methods", async () => {
    const mine = program()
    const s = mine.set([1, 2, 2, 3])
    const other = mine.set([3, 4])
    expect([await s.size(), await s.has(2), await s.has(9)]).toEqual([3, true, false])
    await s.add(5)
    await s.discard(9)
    await expect(s.remove(9)).rejects.toThrow(KeyError)
    await s.remove(5)
    expect(await sorted(s.union(other))).toEqual([1, 2, 3, 4])
    expect(await sorted(s.intersection(other))).toEqual([3])
    expect(await sorted(s.difference(other))).toEqual([1, 2])
    expect(await sorted(s.symmetricDifference(other))).toEqual([1, 2, 4])
    expect([await s.isSubset([1, 2, 3, 4]), await s.isSuperset([1]), await s.isDisjoint([7])]).toEqual([true, true, true])
    await s.symmetricDifferenceUpdate([3, 4])
    expect(await sorted(s.values())).toEqual([1, 2, 4])
    await s.intersectionUpdate([1, 4, 8])
    await s.differenceUpdate([4])
    await s.update([6], [7])
    expect(await sorted(s.values())).toEqual([1, 6, 7])
    expect([1, 6, 7]).toContain(await s.pop())
    await s.clear()
    await expect(s.pop()).rejects.toThrow(KeyError)
  })
})

onBothDoors('Value and Array', (program) => {
  test.each([
    ['b', 128, -128],
    ['B', -1, 255],
    ['h', 40_000, -25_536],
    ['H', 65_537, 1],
    ['i', 2 ** 31, -(2 ** 31)],
    ['I', -1, 2 ** 32 - 1],
    ['q', 2n ** 63n, -(2n ** 63n)],
    ['Q', -1, 2n ** 64n - 1n],
    ['l', 5n, 5],
    ['f', 0.1, Math.fround(0.1)],
    ['d', 0.1, 0.1],
  ] as const)('a Value of %s: %s is %s', async (code, given, kept) => {
    const value = program().value(code, given)
    expect(await value.get()).toBe(kept)
    await value.set(0)
    await value.set(given as number)
    expect(await value.get()).toBe(kept)
  })

  test('what is no such number is refused; 0 is the default', async () => {
    const value = program().value('i')
    expect(await value.get()).toBe(0)
    await expect(value.set(1.5)).rejects.toThrow(SharedTypeError)
    expect(() => program().value('x' as 'i')).toThrow(/no type code/)
  })

  test('add is atomic and wraps', async () => {
    const [int, byte, float, huge] = [
      program().value('i', 5),
      program().value('b', 127),
      program().value('d', 0.1),
      program().value('Q', 2n ** 64n - 1n),
    ]
    expect(await Promise.all([int.add(), int.add(), int.add(-10)])).toEqual([6, 7, -3])
    expect(await byte.add()).toBe(-128)
    expect(await float.add(0.2)).toBe(0.1 + 0.2)
    expect(await huge.add(2)).toBe(1)
  })

  test('Array: places, slices, bytes', async () => {
    const a = program().array('i', [1, 2, 3, 4, 5])
    expect(await a.slice()).toEqual([1, 2, 3, 4, 5])
    expect([await a.get(0), await a.get(-1), await a.size()]).toEqual([1, 5, 5])
    await a.set(-1, 50)
    await expect(a.get(5)).rejects.toThrow(IndexError)
    await expect(a.set(5, 0)).rejects.toThrow(IndexError)
    expect(await a.slice(1, -1)).toEqual([2, 3, 4])
    expect(await a.slice(undefined, undefined, -2)).toEqual([50, 3, 1])
    await a.setSlice([20, 30], 1, 3)
    await expect(a.setSlice([1], 1, 3)).rejects.toThrow(ValueError)
    expect(await a.slice()).toEqual([1, 20, 30, 4, 50])
    expect([...(await a.bytes(0, 1))]).toEqual([0, 0, 0, 1])
    await a.setBytes(new Uint8Array([0, 0, 1, 0]), 0, 1)
    expect(await a.add(0, 4)).toBe(260)
    expect(await program().array('d', 3).slice()).toEqual([0, 0, 0])
  })

  test("a Manager's Array refuses what does not fit; one that was read elsewhere knows its type", async () => {
    const mine = program()
    const d = mine.dict<Record<string, ReturnType<Program['array']>>>()
    type Program = typeof mine
    await d.set('a', mine.array('h', [1, 2]))
    const seen = await d.get('a')
    await seen?.set(0, 40_000)
    expect(await seen?.slice()).toEqual([-25_536, 2])
    expect(OverflowError.name).toBe('OverflowError')
  })
})
