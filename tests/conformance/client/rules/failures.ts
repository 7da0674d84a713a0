import { JobCancelledError, MaybeEncodingError, RemoteError, RemoteTraceback, ValueError } from '@manyhands/client'
import { describe, expect, it } from 'vitest'
import { outcomes, rejection } from '../fleet.ts'
import type { Ask } from './rules.ts'

export function failureRules(hands: Ask): void {
  it('rule 8: a throwing initializer ends in its error, for every call', async () => {
    await using pool = hands().pool({ processes: 1, initializer: 'failsToPrepare', initArgs: ['odd'] })
    const errors = await Promise.all([rejection(pool.map('square', [1, 2, 3])), rejection(pool.apply('square', [1]))])
    for (const error of errors) expect(error).toMatchObject({ name: 'OddError', code: 'initializer-failed', message: '3 is odd' })
    const told = { name: 'OddError', code: 'initializer-failed', message: '3 is odd', odd: 3, seen: new Date(0) }
    expect(await rejection(pool.mapAsync('square', [1]).get())).toMatchObject(told)
    expect(await rejection(pool.map('square', [1]))).toMatchObject(told)
    for (const how of ['imap', 'imapUnordered'] as const) expect(await outcomes(pool[how]('square', [1, 2]))).toEqual(['3 is odd'])
  })

  it('rule 8: an initializer that nobody has ends in a clear error', async () => {
    await using pool = hands().pool({ processes: 1, initializer: 'stranger' as 'setBase' })
    expect(await rejection(pool.map('square', [1, 2]))).toMatchObject({
      code: 'initializer-failed',
      message: expect.stringContaining('stranger'),
    })
  })

  it('rule 8: get() and next() after terminate() end in a clear error', async () => {
    const pool = hands().pool({ processes: 1 })
    const handles = [pool.mapAsync('nap', [60_000, 60_000], { chunkSize: 1 }), pool.applyAsync('nap', [60_000])]
    const iterator = pool.imap('nap', [60_000])
    await Promise.all([...handles.map((handle) => handle.id), iterator.id])
    await pool.terminate()
    for (const handle of handles) {
      expect(await rejection(handle.get())).toBeInstanceOf(JobCancelledError)
      expect([handle.ready(), handle.successful()]).toEqual([true, false])
    }
    expect(await outcomes(iterator)).toEqual([expect.stringContaining('terminated')])
    expect(() => pool.applyAsync('square', [1])).toThrow(ValueError)
    await pool.join()
    expect(await rejection(pool.status())).toMatchObject({ code: 'not-found' })
  })

  describe('rule 8: whatever is thrown arrives as an error', () => {
    it.each([
      ['text', 'just a text'],
      ['nothing', 'undefined'],
      ['object', '7'],
      ['an error whose message throws', ''],
    ] as const)('%s', async (kind, words) => {
      const error = await rejection(hands().apply('throws', [kind]))
      expect(error).toBeInstanceOf(RemoteError)
      expect(error).toMatchObject({ code: 'function-error', message: expect.stringContaining(words) })
    })

    it.each(['an error with a cycle', 'an error with a function'] as const)('%s, without the field that cannot be sent', async (kind) => {
      const error = await rejection(hands().apply('throws', [kind]))
      expect(error).toMatchObject({ name: 'RangeError', message: 'too far', code: 'function-error', far: 9 })
      expect(error).not.toHaveProperty(kind === 'an error with a cycle' ? 'self' : 'undo')
    })
  })

  it('rule 9: the initializer runs again in each replacement of a process, before its first item', async () => {
    await using pool = hands().pool({ processes: 2, initializer: 'setBase', initArgs: [100], maxTasksPerChild: 1 })
    expect(await pool.map('aboveBase', [1, 2, 3, 4], { chunkSize: 1 })).toEqual([101, 102, 103, 104])
  })

  it.each(['function', 'symbol', 'map', 'error', 'promise', 'cycle'] as const)(
    'rule 10: a result that cannot be sent (%s) is a MaybeEncodingError',
    async (kind) => {
      const errors = [
        await rejection(hands().apply('stray', [kind])),
        await rejection(hands().map('stray', [kind, kind])),
        await rejection(hands().imap('stray', [kind]).next()),
      ]
      for (const error of errors) {
        expect(error).toBeInstanceOf(MaybeEncodingError)
        expect(error).toMatchObject({ name: 'MaybeEncodingError', code: 'result-not-serializable', index: 0 })
      }
    },
  )

  it('rule 10: a thrown error keeps its class name, message and own fields, and has the remote stack as its cause', async () => {
    const handle = hands().applyAsync('even', [7])
    const errors = [
      await rejection(handle.get()),
      await rejection(hands().map('even', [2, 7])),
      await rejection(hands().starmap('even', [[2], [7]])),
      await rejection(hands().imap('even', [7]).next()),
      await rejection(hands().imapUnordered('even', [7]).next()),
    ]
    for (const error of errors) {
      expect(error).toBeInstanceOf(RemoteError)
      expect(error).toMatchObject({ name: 'OddError', message: '7 is odd', code: 'function-error' })
      expect(error).toMatchObject({ odd: 7, schema: { $ref: '#/odd' }, seen: new Date(0) })
      expect(error).toHaveProperty('cause', expect.any(RemoteTraceback))
      expect(error).toHaveProperty('cause.stack', expect.stringContaining('functions.ts'))
    }
    expect(errors[0]).toHaveProperty('jobId', await handle.id)
    expect(errors.map((error) => (error as RemoteError).index)).toEqual([0, 1, 1, 0, 0])
  })
}
