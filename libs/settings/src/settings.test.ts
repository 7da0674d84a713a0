import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings, refuseUnknownNames, type SettingsError, settingTable } from './index.ts'

const complaintsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readSettings(env)
    return []
  } catch (error) {
    return (error as SettingsError).complaints
  }
}

test('an empty environment gives the defaults', () => {
  const settings = readSettings({})
  expect(settings).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    redisUrl: 'redis://127.0.0.1:6379',
    redisGiven: false,
    functions: undefined,
    processes: availableParallelism(),
    group: 'default',
    log: 'info',
    healthPort: 0,
    build: undefined,
    leaseMs: 30_000,
  })
  expect(settings.limits).toMatchObject({ jsonBodyBytes: 1 << 20, itemBytes: 1 << 20, wholeResultBytes: 32 << 20, memoryMb: undefined })
})

test('every setting is read', () => {
  const settings = readSettings({
    PORT: '0',
    HOST: '::1',
    REDIS_URL: 'unix:/run/redis.sock',
    MANYHANDS_FUNCTIONS: 'examples/functions',
    MANYHANDS_PROCESSES: '7',
    MANYHANDS_GROUP: 'gpu-1',
    MANYHANDS_LOG: 'silent',
    MANYHANDS_HEALTH: '3001',
    MANYHANDS_BUILD: 'v1',
    MANYHANDS_LEASE_MS: '1000',
    MANYHANDS_MEMORY_MB: '256',
    MANYHANDS_ITEMS: '10',
  })
  expect(settings).toMatchObject({ port: 0, host: '::1', redisUrl: 'unix:/run/redis.sock', redisGiven: true, processes: 7, group: 'gpu-1' })
  expect(settings).toMatchObject({ functions: resolve('examples/functions'), log: 'silent', healthPort: 3001, build: 'v1', leaseMs: 1000 })
  expect(settings.limits).toMatchObject({ memoryMb: 256, items: 10 })
})

test('an empty text counts as not set', () => {
  expect(readSettings({ PORT: '', REDIS_URL: '' })).toMatchObject({ port: 3000, redisGiven: false })
})

test('they are frozen', () => {
  const settings = readSettings({})
  expect(Object.isFrozen(settings) && Object.isFrozen(settings.limits)).toBe(true)
})

test.each([
  ['PORT', '65536', 'a whole number from 0 to 65535'],
  ['PORT', '80 ', 'a whole number from 0 to 65535'],
  ['MANYHANDS_PROCESSES', 'four', 'a whole number from 1 to 1024'],
  ['MANYHANDS_PROCESSES', '-1', 'a whole number from 1 to 1024'],
  ['MANYHANDS_LOG', 'verbose', 'one of trace, debug, info, warn, error, silent'],
  ['MANYHANDS_GROUP', 'a{b}', '1 to 64 letters, digits, dots, dashes or underscores, with a letter or digit first'],
])('%s=%s names itself, what it was and what is meant', (name, value, meant) => {
  expect(complaintsOf({ [name]: value })).toEqual([`${name} is "${value}"; meant is ${meant}`])
})

test.each(['redis://h', 'rediss://u:p@h:1/2', 'unix:/a/b.sock', 'redis+sentinel://a:1,b:2/main'])('REDIS_URL may be %s', (url) => {
  expect(readSettings({ REDIS_URL: url }).redisUrl).toBe(url)
})

test('a bad REDIS_URL is told without its password', () => {
  const [complaint] = complaintsOf({ REDIS_URL: 'http://user:secret@host' })
  expect(complaint).toMatch(/^REDIS_URL is "http:\/\/\*\*\*@host"; meant is redis:\/\/host:port/)
})

test('a misspelt name says what was meant; all mistakes are told at once', () => {
  expect(complaintsOf({ MANYHANDS_PROCESES: '2', MANYHANDS_GRUOP: 'x', MANYHANDS_LOGS: 'info', PORT: 'x' })).toEqual([
    'PORT is "x"; meant is a whole number from 0 to 65535',
    'MANYHANDS_PROCESES is not a setting; meant is MANYHANDS_PROCESSES',
    'MANYHANDS_GRUOP is not a setting; meant is MANYHANDS_GROUP',
    'MANYHANDS_LOGS is not a setting; meant is MANYHANDS_LOG',
  ])
})

test('a name like no other is refused with where the list is; what the client reads and Kubernetes injects is not', () => {
  const env = { MANYHANDS_COLOUR: 'red', MANYHANDS_URL: 'u', MANYHANDS_PORT: 'tcp://10.0.0.1:80', MANYHANDS_SERVICE_HOST: '10.0.0.1' }
  const complaint = 'MANYHANDS_COLOUR is not a setting; the README lists them, under Settings'
  expect(complaintsOf(env)).toEqual([complaint])
  expect(() => refuseUnknownNames(env)).toThrow(complaint)
})

test('a program that is no service minds names, not values', () => {
  expect(() => refuseUnknownNames({ PORT: 'x', MANYHANDS_URL: 'u', PATH: '' })).not.toThrow()
})

test('no MANYHANDS_ name ends in _PORT or _HOST, where Kubernetes would overwrite it', () => {
  const names = settingTable.map(({ name }) => name).filter((name) => name.startsWith('MANYHANDS_'))
  expect(names.filter((name) => /_(PORT|HOST)$/.test(name))).toEqual([])
})
