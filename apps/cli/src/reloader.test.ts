import { expect, test } from 'vitest'
import { Reloader } from './reloader.ts'

test('changes during a reload lead to one more, with all of them', async () => {
  const first = Promise.withResolvers<void>()
  const reloads: string[][] = []
  const reloader = new Reloader(async (files) => {
    reloads.push(files)
    if (reloads.length === 1) await first.promise
  }, never)
  reloader.changed(['a.ts'])
  reloader.changed(['b.ts'])
  reloader.changed(['c.ts', 'b.ts'])
  first.resolve()
  await reloader.idle()
  expect(reloads).toEqual([['a.ts'], ['b.ts', 'c.ts']])
})

test('a reload after a pause runs too', async () => {
  const reloads: string[][] = []
  const reloader = new Reloader(async (files) => void reloads.push(files), never)
  reloader.changed(['a.ts'])
  await reloader.idle()
  reloader.changed(['a.ts'])
  await reloader.idle()
  expect(reloads).toHaveLength(2)
})

test('a reload that fails is told, and ends it', async () => {
  const errors: unknown[] = []
  const reloader = new Reloader(
    () => Promise.reject(new Error('no more watches')),
    (error) => errors.push(error),
  )
  reloader.changed(['a.ts'])
  await reloader.idle()
  reloader.changed(['a.ts'])
  await reloader.idle()
  expect(errors).toEqual([new Error('no more watches')])
})

function never(error: unknown): void {
  throw error
}
