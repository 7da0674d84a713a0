import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))
const program = path('examples/unit-test.ts')

test('the README shows it as it is', async () => {
  expect(await readFile(path('README.md'), 'utf8')).toContain(`\`\`\`ts\n${await readFile(program, 'utf8')}\`\`\``)
})

test('it prints what it says, without a server, and ends by itself', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env: { REDIS_URL: 'unix:/nowhere' } })
  expect(stdout).toBe('[ 1, 4, 9 ]\nworker-crashed 1\n')
  expect(stderr).toBe('')
})
