import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { brief, errorAt, runIn, sliceOf, startPool } from './fixtures/pool.ts'

function moduleFile(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'process-pool-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'functions.ts'), source)
  return join(folder, 'functions.ts')
}

test.for([
  ['throw new TypeError("no database")', 'functions.ts:1: TypeError: no database'],
  ['enum Colour { Red }', 'Node cannot run a TypeScript enum'],
  ['process.exit(4)', 'The process ended with exit code 4 while it loaded the functions'],
  ['process.kill(process.pid, "SIGKILL")', 'The process ended with SIGKILL while it loaded the functions'],
  ['setTimeout(() => { throw new Error("late") }); await new Promise(() => setInterval(() => {}, 1000))', 'Error: late'],
  ['export const version = 1', 'exports no function; it exports only version'],
] as const)('%s: start says why', async ([source, message]) => {
  await expect(startPool({ functions: moduleFile(source) })).rejects.toMatchObject({
    name: 'FunctionsError',
    message: expect.stringContaining(message),
  })
})

test('a program that cannot be started is told', async () => {
  await expect(startPool({ execArgv: ['--no-such-flag'] })).rejects.toThrow('ended with exit code 9')
})

test('what is written while the functions load has a label of its own', async () => {
  const pool = await startPool({ functions: moduleFile('console.log("loading"); process.stderr.write("warm"); export const f = () => 1') })
  expect(pool.lines).toContainEqual({ label: 'functions', stream: 'stdout', text: 'loading' })
  await pool.stop()
  expect(pool.lines).toContainEqual({ label: 'functions', stream: 'stderr', text: 'warm' })
})

test('functions that no longer load fail the items after a few tries, and not in a hot loop', async () => {
  const file = moduleFile('export const f = (x) => { if (x === 1) process.exit(1); return x }')
  const pool = await startPool({ functions: file })
  writeFileSync(file, 'throw new Error("broken by an edit")')
  const started = performance.now()
  const collector = await runIn(pool, sliceOf('f', [1, 2]))
  expect(brief(collector.list())).toEqual(['function-not-loaded', 'function-not-loaded'])
  expect(errorAt(collector, 0).message).toContain('broken by an edit')
  // 100 + 200 + 400 + 800 ms of pauses
  expect(performance.now() - started).toBeGreaterThan(1400)
  writeFileSync(file, 'export const f = (x) => x * 10')
  expect(brief((await runIn(pool, sliceOf('f', [1]))).list())).toEqual([10])
})
