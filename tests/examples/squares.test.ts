import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestRedis, type TestRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
let redis: TestRedis
let stack: TestStack

beforeAll(async () => {
  redis = await startTestRedis()
  stack = await startStack({ redisUrl: redis.url, settings: { MANYHANDS_FUNCTIONS: example('functions') } })
})

afterAll(async () => {
  await stack.stop()
  await redis.stop()
})

test('the program of the README prints what it says', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example('squares.ts')], { env: { MANYHANDS_URL: stack.url } })
  const [squares, ...slow] = stdout.trim().split('\n')
  expect(squares).toBe('[ 1, 4, 9, 16, 25 ]')
  expect(slow.sort()).toEqual(['36', '49', '64'])
  expect(stderr).toBe('')
})
