import { expect, test } from 'vitest'
import { createLogger, type LogLevel } from './logger.ts'

function logged(level: LogLevel, write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLogger({ level, service: 'api', destination: { write: (line) => void lines.push(line) } }))
  return lines.map((line) => JSON.parse(line))
}

test('a line is one JSON object with time, level, service and what was said', () => {
  const [line] = logged('info', (logger) => logger.info({ job: 'j1' }, 'job submitted'))
  expect(line).toMatchObject({ level: 30, service: 'api', job: 'j1', msg: 'job submitted' })
  expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('what is below the level is left out', () => {
  expect(logged('warn', (logger) => logger.info('quiet'))).toEqual([])
})

test('an error keeps its stack and its cause', () => {
  const error = new Error('outer', { cause: new Error('inner') })
  const [line] = logged('info', (logger) => logger.warn({ err: error }, 'trouble'))
  expect(line?.['err']).toMatchObject({ type: 'Error', message: 'outer: inner', stack: expect.stringContaining('inner') })
})

test('passwords of URLs are cut out', () => {
  const [line] = logged('info', (logger) => logger.info({ url: 'redis://user:secret@host:1' }, 'to rediss://:secret@h and http://h/a@b'))
  expect(line).toMatchObject({ url: 'redis://***@host:1', msg: 'to rediss://***@h and http://h/a@b' })
})
