import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'mh-setup-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Runs a script of infra/ with this Node; no npm runs it. */
function infra(script: string, words: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [`infra/${script}`, ...words], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH, ...env },
  })
  return { status, stdout, stderr }
}

test('with everything in its place it says nothing and takes less than two seconds', () => {
  const begun = performance.now()
  expect(infra('setup.mjs', [])).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(performance.now() - begun).toBeLessThan(2000)
})

test('what it cannot mend ends in one sentence: no redis-server, no package manager, no Docker', () => {
  symlinkSync(process.execPath, join(dir, 'node'))
  const { status, stderr } = infra('setup.mjs', ['start'], { PATH: dir })
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /^setup: there is no redis-server here and this user may not install one: type `sudo apt-get install -y redis-server`.*\n$/,
  )
})

test('a command that does not exist is answered with those that do', () => {
  expect(infra('setup.mjs', ['begin'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('there is no command begin; there are start, test'),
  })
})

test('the exit code of a command is passed on', () => {
  expect(infra('setup.mjs', ['test', '--project=unit', 'no-such-file']).status).toBe(1)
})

test('the last line of CI sums the reports; what did not run or did not load is a failure', () => {
  const report = (name: string, content: object) => {
    writeFileSync(join(dir, name), JSON.stringify(content))
    return join(dir, name)
  }
  const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] }
  const good = report('good.json', { success: true, numTotalTests: 3, numPassedTests: 3, numFailedTests: 0, testResults: [passed] })
  const unloaded = { status: 'failed', name: 'a.test.ts', message: 'SyntaxError', assertionResults: [] }
  const bad = report('bad.json', { success: false, numTotalTests: 2, numPassedTests: 1, numFailedTests: 1, testResults: [unloaded] })
  const empty = report('empty.json', { success: true, numTotalTests: 0, numPassedTests: 0, numFailedTests: 0, testResults: [] })

  expect(infra('count-tests.mjs', ['0', good])).toMatchObject({ status: 0, stdout: '3 passed, 0 failed\n' })
  expect(infra('count-tests.mjs', ['0', good, bad])).toMatchObject({ status: 1, stdout: expect.stringMatching(/\n4 passed, 2 failed\n$/) })
  expect(infra('count-tests.mjs', ['0', good, empty, join(dir, 'missing.json')]).stdout).toMatch(/\n3 passed, 2 failed\n$/)
  expect(infra('count-tests.mjs', ['1', good]).stdout).toMatch(/3 passed, 1 failed\n$/)
})
