import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@manyhands/client'
import { freePort } from '@manyhands/redis'
import { eventually } from '@manyhands/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Command } from './command.ts'

let cwd: string
let port: number
let command: Command

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'manyhands-dev-'))
  port = await freePort()
  await writeFile(join(cwd, 'package.json'), '{"type":"module"}')
  await mkdir(join(cwd, 'functions'))
})

afterEach(async () => {
  await command.clear()
  await rm(cwd, { recursive: true })
})

const save = (file: string, text: string) => writeFile(join(cwd, file), text)
const dev = (...args: string[]) => new Command(['dev', ...args], { cwd, env: { PORT: String(port), MANYHANDS_PROCESSES: '1' } })
const hands = () => connect({ url: `http://127.0.0.1:${port}` })
const ready = () => command.shows(/^ready .*$/m)

test('start-up lists functions and what is left out, and ends with the ready line; what a function prints is shown as it comes', async () => {
  const index =
    'export const square = (x: number): number => { if (x > 9) throw new RangeError("too large"); return x * x }\nexport const VERSION = 1\n'
  await save('functions/index.ts', index)
  await save(
    'functions/images.ts',
    'export async function resize(x: number) { console.log("working on", x); console.error("careful"); return x + " px" }\n',
  )
  command = dev()
  await ready()
  expect(command.stdout).toBe(
    `functions of functions, reloaded on save\nwebhooks may be sent to this machine too (MANYHANDS_WEBHOOK_ALLOW)\nfunctions: square, images.resize\nleft out, being no functions: VERSION\nready http://127.0.0.1:${port}\n`,
  )
  expect(await hands().map('images.resize', [10, 20])).toEqual(['10 px', '20 px'])
  await command.shows(/^images\.resize\[1\] working on 20$/m)
  expect(command.stdout).toMatch(/^images\.resize\[0\] working on 10$/m)
  expect(command.stderr).toMatch(/^images\.resize\[0\] careful$/m)
  await expect(hands().map('square', [1, 10])).rejects.toThrow('too large')
  expect(command.stderr).toMatch(/^square\[1\] failed: RangeError: too large$/m)
})

test('built JavaScript runs as well, and is watched where it is built', async () => {
  await mkdir(join(cwd, '.build'))
  await save('.build/functions.js', 'export const answer = () => 1\n')
  command = dev('.build/functions.js')
  await ready()
  expect(await hands().apply('answer')).toBe(1)
  await save('.build/functions.js', 'export const answer = () => 2\n')
  await command.shows(/^reloaded/m)
  expect(await hands().apply('answer')).toBe(2)
})

test('a save loads the functions again; so does one of a module that they import', async () => {
  await save('functions/index.ts', 'import { factor } from "../factor.ts"\nexport const scale = (x: number): number => x * factor\n')
  await save('factor.ts', 'export const factor = 2\n')
  command = dev()
  await ready()
  expect(await hands().map('scale', [1, 2])).toEqual([2, 4])
  await save('factor.ts', 'export const factor = 3\n')
  await command.shows(/^reloaded in .* after a change of factor\.ts$/m)
  expect(await hands().map('scale', [1, 2])).toEqual([3, 6])
  await save('functions/index.ts', 'export const scale = (x: number): number => x * 10\nexport const half = (x: number): number => x / 2\n')
  await command.shows(/^functions: half, scale$/m)
  expect(await hands().map('half', [4])).toEqual([2])
})

test('a save of what the functions do not import is none of their business', async () => {
  await save('functions/index.ts', 'export const answer = () => 1\n')
  command = dev()
  await ready()
  await save('main.ts', 'export {}\n')
  await save('functions/data.json', '{}')
  await save('functions/index.ts', 'export const answer = () => 2\n')
  await command.shows(/^reloaded in .* after a change of functions\/index\.ts$/m)
  expect(command.stdout.match(/^reloaded/gm)).toHaveLength(1)
  expect(await hands().apply('answer')).toBe(2)
})

test('items that run during a save are run again, by the new code', async () => {
  await save('functions/index.ts', 'export const stuck = () => new Promise(() => {})\n')
  command = dev()
  await ready()
  const result = hands().applyAsync('stuck')
  await eventually(async () => (await result.job()).state === 'running', { timeoutMs: 10_000 })
  await save('functions/index.ts', 'export const stuck = () => "free"\n')
  expect(await result.get(30)).toBe('free')
})

const cures: [broken: string, cure: RegExp][] = [
  ['export enum Color { Red }\nexport const paint = (c: Color) => c\n', /index\.ts.*enum.*const object/],
  ['import { Color } from "./colors.ts"\nexport const paint = (c: Color) => c\n', /import type \{ Color \}/],
  ['import { red } from "../red"\nexport const paint = () => red\n', /write the import with its ending, \.ts/],
]

test('what Node does not take is answered with its cure, and a save mends it', async () => {
  await save('functions/colors.ts', 'export interface Color { name: string }\nexport const red = (): Color => ({ name: "red" })\n')
  await save('red.ts', 'export const red = 1\n')
  await save('functions/index.ts', 'throw new Error("not yet")\n')
  command = dev()
  await command.shows(/Waiting for a save/)
  for (const [broken, cure] of cures) {
    await save('functions/index.ts', broken)
    await command.shows(cure)
  }
  expect(command.stdout).not.toContain('ready')
  await save('functions/index.ts', 'export const paint = () => "painted"\n')
  await ready()
  expect(await hands().apply('paint')).toBe('painted')
})

test('code that breaks later stops the worker alone: jobs wait for the save that mends it', async () => {
  await save('functions/index.ts', 'export const answer = () => 1\n')
  command = dev()
  await ready()
  await save('functions/index.ts', 'throw new Error("not today")\n')
  await command.shows(/not today/)
  const result = hands().applyAsync('answer')
  await eventually(async () => (await result.job()).waitingFor === 'no-worker', { timeoutMs: 20_000 })
  await save('functions/index.ts', 'export const answer = () => 42\n')
  expect(await result.get(30)).toBe(42)
})

test('a module that never finishes loading is mended by a save too', async () => {
  await save('functions/index.ts', 'await new Promise((resolve) => setTimeout(resolve, 1e9))\nexport const answer = () => 1\n')
  command = dev()
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, { timeoutMs: 20_000 })
  await save('functions/index.ts', 'export const answer = () => 2\n')
  await ready()
  expect(await hands().apply('answer')).toBe(2)
})

test('a second dev in the same folder is refused', async () => {
  await save('functions/index.ts', 'export const answer = () => 1\n')
  command = dev()
  await ready()
  const second = new Command(['dev'], { cwd, env: { PORT: String(await freePort()) } })
  expect(await second.exited).toBe(1)
  expect(second.stderr).toMatch(/is in use by process \d+/)
})

test('Ctrl-C ends all of it within two seconds, also while a function computes', async () => {
  await save('functions/index.ts', 'export const spin = () => { for (;;); }\n')
  command = dev()
  await ready()
  const result = hands().applyAsync('spin')
  await eventually(async () => (await result.job()).state === 'running', { timeoutMs: 10_000 })
  command.kill('SIGINT')
  await eventually(() => expect(command.left()).toEqual([]), { timeoutMs: 2000, everyMs: 20 })
  expect(await command.exited).toBe(0)
})

test('without functions it tells how to begin', async () => {
  command = dev('nowhere')
  expect(await command.exited).toBe(1)
  expect(command.stderr).toContain('export const square = (x: number) => x * x')
})
