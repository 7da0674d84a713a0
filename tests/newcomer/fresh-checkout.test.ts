import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@manyhands/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let checkout: string

/** What a clone would have, and what is not committed yet. */
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'mh-newcomer-'))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  const gone = execFileSync('git', ['ls-files', '--deleted', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  for (const file of files.split('\0').filter((name) => name !== '' && !gone.includes(name))) copy(file)
})
afterAll(() => rmSync(checkout, { recursive: true, force: true }))

function copy(file: string): void {
  mkdirSync(dirname(join(checkout, file)), { recursive: true })
  cpSync(join(root, file), join(checkout, file))
}

/** `npm <words>` with the machine's own Node, and nothing in the environment that a newcomer's shell would not have. */
async function npm(...words: string[]) {
  const { HOME = '' } = process.env
  const env = { HOME, PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', PORT: String(await freePort()) }
  const begun = performance.now()
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: checkout, env, encoding: 'utf8' })
  return { status, stdout, stderr, ms: performance.now() - begun }
}

test('npm start -- --once in an empty checkout sets everything up and runs the example', async () => {
  const { status, stdout, stderr } = await npm('start', '--', '--once')
  expect(status, stderr).toBe(0)
  expect(stdout).toMatch(/\d+ items, 0 failed: .* efficiency 0\.\d+/)
})

test('npm test, first or second, brings what tests need and runs them', async () => {
  const { status, stdout, stderr } = await npm('test', '--', 'libs/settings')
  expect(status, stderr + stdout).toBe(0)
  expect(stdout).toMatch(/Tests .*passed/)
})

test('setting up again adds less than two seconds', () => {
  const begun = performance.now()
  const { status, stderr } = spawnSync('node', ['infra/setup.mjs'], {
    cwd: checkout,
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: '' },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(performance.now() - begun).toBeLessThan(2000)
})
