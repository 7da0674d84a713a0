import { expect, test } from 'vitest'
import { Places } from './places.ts'

/** Notes who gets a place. */
function line(places: Places) {
  const got: string[] = []
  const stand = (name: string, isReturning = false, signal?: AbortSignal) =>
    places.take(signal, isReturning).then(
      () => got.push(name),
      (reason: Error) => got.push(`${name}: ${reason.message}`),
    )
  return { got, stand }
}

test('those who come back come before those who wait, each in turn', async () => {
  const places = new Places(1)
  const { got, stand } = line(places)
  const all = [stand('a'), stand('b'), stand('c', true), stand('d', true)]
  for (const one of all) {
    void one.then(() => places.give())
  }
  await Promise.all(all)
  expect(got).toEqual(['a', 'c', 'd', 'b'])
  expect(places.free).toBe(1)
})

test('who gives up is passed over', async () => {
  const places = new Places(1)
  const { got, stand } = line(places)
  const leaving = new AbortController()
  await stand('a')
  const all = [stand('b', false, leaving.signal), stand('c')]
  leaving.abort(new Error('enough'))
  places.give()
  await Promise.all(all)
  expect(got).toEqual(['a', 'b: enough', 'c'])
})

test('at the end nobody waits', async () => {
  const places = new Places(0)
  const { got, stand } = line(places)
  const all = [stand('a'), stand('b', true)]
  places.close(new Error('over'))
  await Promise.all(all)
  expect(got.sort()).toEqual(['a: over', 'b: over'])
})
