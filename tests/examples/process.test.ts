import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestRedis, type TestRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'

const example = (name: string) => fileURLToPath(new URL(`../../examples/process/${name}`, import.meta.url))
let redis: TestRedis
let stack: TestStack

beforeAll(async () => {
  redis = await startTestRedis()
  stack = await startStack({ redisUrl: redis.url, settings: { MANYHANDS_FUNCTIONS: example('functions.ts') } })
})

afterAll(async () => {
  await stack.stop()
  await redis.stop()
})

test("the seed's Process prints what its comment says", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example('process.ts')], { env: { MANYHANDS_URL: stack.url } })
  const { processes } = await stack.json<{ processes: { name: string; pid: number; exitCode: number }[] }>('GET', '/v1/processes')
  expect(processes).toMatchObject([{ name: 'Process-1', exitCode: 0 }])
  expect(stdout).toBe(`Hello Alice from process ${processes[0]?.pid}\n`)
  expect(stderr).toBe('')
})
