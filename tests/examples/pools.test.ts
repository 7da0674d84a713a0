import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { startStack } from '../stack.ts'

const redis = testRedis()
const example = (path: string) => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url))

/** What the program of a folder of examples prints, on a worker with the functions beside it. */
async function printed(name: string): Promise<string> {
  const settings = { MANYHANDS_FUNCTIONS: example(`${name}/functions.ts`), MANYHANDS_PROCESSES: '2' }
  const stack = await startStack({ redisUrl: redis.url, settings })
  try {
    const program = [example(`${name}/${name}.ts`)]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { env: { MANYHANDS_URL: stack.url } })
    expect(stderr).toBe('')
    return stdout
  } finally {
    await stack.stop()
  }
}

test("the seed's Pool prints what its comment says", async () => {
  const output = await printed('pool')
  // Node writes a list with spaces inside its brackets
  expect(output.replace('[ ', '[').replace(' ]', ']')).toBe('[1, 4, 9, 16, 25]\n')
})

test("the seed's Worker Pool with map prints what was fetched, in order", async () => {
  expect(await printed('worker-pool')).toBe('fetched: a.com\nfetched: b.com\nfetched: c.com\nfetched: d.com\n')
})

test("the seed's Process Pool with imap_unordered prints each square once, in any order", async () => {
  const lines = (await printed('imap-unordered')).trimEnd().split('\n')
  expect(lines.toSorted()).toEqual(['Got: 0', 'Got: 1', 'Got: 16', 'Got: 4', 'Got: 9'])
})
