import { describe, expect, it } from 'vitest'
import { Gate } from './gate.ts'

/** Work that goes on until the test ends it. */
function works(gate: Gate, count: number) {
  const log: number[] = []
  const ends: (() => void)[] = []
  const passes = Array.from({ length: count }, (_, i) =>
    gate.pass(undefined, () => {
      log.push(i)
      return new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  return { log, ends, passes }
}

describe('a gate', () => {
  it('lets so many through, the others in their order', async () => {
    const gate = new Gate(2)
    const { log, ends } = works(gate, 4)
    await expect.poll(() => log).toEqual([0, 1])
    ends[0]?.()
    await expect.poll(() => log).toEqual([0, 1, 2])
    ends[1]?.()
    await expect.poll(() => log).toEqual([0, 1, 2, 3])
  })

  it('gives the place back when the work fails', async () => {
    const gate = new Gate(1)
    await expect(gate.pass(undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await gate.pass(undefined, async () => 5)).toBe(5)
  })

  it('is left by who is called off while waiting', async () => {
    const gate = new Gate(1)
    const { ends, passes } = works(gate, 1)
    const controller = new AbortController()
    const waiting = gate.pass(controller.signal, async () => 5)
    controller.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    await expect.poll(() => ends.length).toBe(1)
    ends[0]?.()
    await passes[0]
    expect(await gate.pass(undefined, async () => 6)).toBe(6)
  })
})
