import { expect, test } from 'vitest'
import { atLeast, below, format, markdown, ratio } from './report.ts'

const row = (values: number[]) => ({ who: 'A', what: 'runs', unit: 'items/s', values })

test('a goal that was not measured is not reached, and not missed either', () => {
  expect(atLeast('g', undefined, 1).reached).toBeNull()
  expect(below('g', Number.NaN, 1).reached).toBeNull()
  expect(ratio(row([1]), undefined)).toBeUndefined()
  expect(ratio(row([1]), row([]))).toBeUndefined()
})

test('a goal is judged by the ratio of medians', () => {
  const measured = ratio(row([10, 30, 20]), row([10]))
  expect(atLeast('g', measured, 2, ' x')).toEqual({ goal: 'g', measured: '2 x', reached: true })
  expect(below('g', measured, 1.25)).toEqual({ goal: 'g', measured: '2', reached: false })
})

test('numbers have three digits, or whole thousands', () => {
  expect([0.012345, 1.2345, 99.94, 1234567.8].map(format)).toEqual(['0.0123', '1.23', '99.9', '1,234,568'])
})

test('the tables name who was measured, who was absent, and what was missed', () => {
  const section = {
    name: 'map',
    title: 'Map',
    rows: [row([1, 3, 2]), row([])],
    goals: [atLeast('fast', 0.5, 1)],
    absent: ['B: not installed'],
  }
  const lines = markdown([section], ['a machine']).split('\n')
  expect(lines).toContain('| fast | 0.5 | **no** |')
  expect(lines).toContain('| A | runs | 2 items/s | 1 - 3 |  |')
  expect(lines).toContain('Absent: B: not installed')
  expect(lines.filter((line) => line.startsWith('| A |'))).toHaveLength(1)
})
