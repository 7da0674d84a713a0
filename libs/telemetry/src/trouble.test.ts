import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'
import { troubleLog } from './trouble.ts'

test('the same trouble is told once a second, with the place and how often it came meanwhile; another one at once', () => {
  const lines: string[] = []
  const logger = createLogger({ level: 'warn', service: 'api', destination: { write: (line) => void lines.push(line) } })
  let now = 0
  const onError = troubleLog(logger, 'h:6379', () => now)
  for (now = 0; now < 3000; now += 100) onError(new Error('refused'))
  onError(new Error('timed out'))
  const told = lines.map((line) => JSON.parse(line) as { msg: string; untold: number; err: { message: string } })
  expect(told.map(({ err, untold }) => [err.message, untold])).toEqual([
    ['refused', 0],
    ['refused', 9],
    ['refused', 9],
    ['timed out', 9],
  ])
  expect(new Set(told.map(({ msg }) => msg))).toEqual(new Set(['trouble with Redis at h:6379; it is tried again']))
})
