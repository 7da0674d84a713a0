import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@manyhands/redis'
import { eventually } from '@manyhands/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Command } from './command.ts'

let cwd: string
let command: Command

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'manyhands-start-'))
})

afterEach(async () => {
  await command.clear()
  await rm(cwd, { recursive: true })
})

const run = async (args: string[], env: Record<string, string> = {}) =>
  new Command(args, { cwd, env: { PORT: String(await freePort()), ...env }, linked: true })
const goneWithin = (timeoutMs: number) =>
  eventually(() => expect(command.left()).toEqual([]), { timeoutMs, everyMs: 20, describe: 'an end of every process' })

test('start --once runs the example over HTTP, prints its table, and leaves nothing', async () => {
  command = await run(['start', '--once'], { MANYHANDS_PROCESSES: '2' })
  expect(await command.exited, command.stderr).toBe(0)
  expect(command.stderr).toBe('')
  expect(command.stdout).toMatch(/^█{24} +100 % {2}233\/233 {2}[\d.]+ items\/s {2}[\d.]+ s in all$/m)
  expect(command.stdout).toMatch(/^Founding +1790-1828 +39 +1\d\d,\d\d\d +19\.\d +\d+ +gentlemen, militia/m)
  expect(command.stdout).toMatch(/^233 items, 0 failed: [\d.]+ s of work in [\d.]+ s on 2 processes, [\d.]+ items\/s, efficiency 0\.\d\d$/m)
  await goneWithin(1)
})

test('after the example it serves on, until SIGTERM', async () => {
  const port = await freePort()
  command = await run(['start'], { PORT: String(port) })
  await command.shows(/Ctrl-C ends it/, 60_000)
  const body = JSON.stringify({ function: 'square', items: [1, 2, 3] })
  const headers = { 'content-type': 'application/json', prefer: 'wait=10' }
  const response = await fetch(`http://127.0.0.1:${port}/v1/pools/default/map`, { method: 'POST', headers, body })
  expect(await response.json()).toEqual({ values: [1, 4, 9] })
  command.kill('SIGTERM')
  await goneWithin(2000)
  expect(await command.exited).toBe(0)
})

test('Ctrl-C in the middle of the example ends everything within two seconds', async () => {
  command = await run(['start', '--once'])
  await command.shows(/items\/s/)
  command.kill('SIGINT')
  await goneWithin(2000)
  expect(await command.exited).toBe(130)
})

test('nothing outlives a parent that is killed', async () => {
  command = await run(['start'])
  await command.shows(/items\/s/)
  command.kill('SIGKILL')
  await goneWithin(5000)
})

test('a port that is taken is told in one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  const { port } = await new Promise<AddressInfo>((resolve) => other.once('listening', () => resolve(other.address() as AddressInfo)))
  command = await run(['start', '--once'], { PORT: String(port) })
  expect(await command.exited).toBe(1)
  expect(command.stderr).toBe(
    `Port ${port} of 127.0.0.1 is taken by another program. End that one, or choose another port: PORT=${port + 1}\n`,
  )
  other.close()
  await goneWithin(2000)
})

test('other functions than those of the example are refused, not passed over', async () => {
  command = await run(['start'], { MANYHANDS_FUNCTIONS: '/nope' })
  expect(await command.exited).toBe(1)
  expect(command.stderr).toBe(
    'npm start serves the functions of its example, and would pass over MANYHANDS_FUNCTIONS=/nope: unset it, or serve those with manyhands dev\n',
  )
  expect(command.left()).toEqual([])
})

test('a part that dies ends all, with a sentence', async () => {
  command = await run(['start'])
  await command.shows(/items\/s/)
  const worker = command.left().find((line) => / worker /.test(line))
  process.kill(Number.parseInt(worker ?? '', 10), 'SIGKILL')
  expect(await command.exited).toBe(1)
  expect(command.stderr).toContain('The worker ended (SIGKILL)')
  await goneWithin(2000)
})
