import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestRedis, type TestRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'

const path = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
let redis: TestRedis
beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.stop())

/** What a program's comments say it prints. */
function promised(name: string): string[] {
  const lines = readFileSync(path(`${name}/${name}.ts`), 'utf8').split('\n')
  return lines.flatMap((line) => (line.startsWith('// ') ? [line.slice(3)] : []))
}

describe.each([
  { names: ['queue', 'lock', 'value', 'array', 'manager'], functions: fileURLToPath(new URL('./shared-functions.ts', import.meta.url)) },
  { names: ['shared-state'], functions: path('shared-state/functions.ts') },
])('examples/$names', ({ names, functions }) => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startStack({ redisUrl: redis.url, settings: { MANYHANDS_FUNCTIONS: functions }, workers: 4 })
  })
  afterAll(() => stack.stop())

  test.each(names)('%s prints what its comments say, over four workers', { timeout: 60_000 }, async (name) => {
    const env = { MANYHANDS_URL: stack.url }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path(`${name}/${name}.ts`)], { env, timeout: 50_000 })
    expect(stdout.trim().split('\n')).toEqual(promised(name))
    expect(stderr).toBe('')
  })
})
