import { fileURLToPath } from 'node:url'
import type { Job } from '@manyhands/client'
import { freePort } from '@manyhands/redis'
import { eventually, namespace, startTestRedis, type TestRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Command, main } from './command.ts'

const functions = fileURLToPath(new URL('../../examples/functions', import.meta.url))

async function run(args: string[], env: Record<string, string> = {}, input?: string) {
  const command = new Command(args, { env, ...(input === undefined ? {} : { input }) })
  const code = await command.exited
  const { stdout, stderr } = command
  return { code, stdout, stderr }
}

describe('the parts alone, and calls from the shell', () => {
  let redis: TestRedis
  let api: Command
  let worker: Command
  let env: Record<string, string>

  beforeAll(async () => {
    redis = await startTestRedis()
    const port = await freePort()
    const settings = {
      REDIS_URL: redis.url,
      MANYHANDS_GROUP: namespace(),
      MANYHANDS_PROCESSES: '1',
      MANYHANDS_LOG: 'warn',
      PORT: String(port),
    }
    env = { MANYHANDS_URL: `http://127.0.0.1:${port}` }
    api = new Command(['api'], { env: settings })
    worker = new Command(['worker', '--functions', functions], { env: settings })
    await api.shows(new RegExp(`^api http://127.0.0.1:${port}$`, 'm'))
    await worker.shows(/^worker http:\/\/127.0.0.1:\d+$/m)
  })

  afterAll(async () => {
    for (const part of [worker, api]) part.kill('SIGTERM')
    expect(await Promise.all([worker.exited, api.exited])).toEqual([0, 0])
    expect([...worker.left(), ...api.left()]).toEqual([])
    await redis.stop()
  })

  test('the worker tells its health on a port of its own', async () => {
    const [, url = ''] = await worker.shows(/^worker (.*)$/m)
    expect(await (await fetch(url)).json()).toMatchObject({ ok: true })
  })

  test('map prints a value a line, in the order of the items', async () => {
    expect(await run(['map', 'square', '1', '-2', '3'], env)).toEqual({ code: 0, stdout: '1\n4\n9\n', stderr: '' })
  })

  test('map reads lines from standard input', async () => {
    const input = Array.from({ length: 3000 }, (_, i) => `${i}\n`).join('')
    const { code, stdout } = await run(['map', 'square', '-'], env, input)
    expect(code).toBe(0)
    expect(stdout.trim().split('\n').map(Number)).toEqual(Array.from({ length: 3000 }, (_, i) => i * i))
  })

  test('a reader that leaves ends it, and its job: no endless input is too long', async () => {
    const pipe = `yes 3 | "$0" "$1" map square - | head -2`
    const command = new Command([], { program: ['bash', '-c', pipe, process.execPath, main], env })
    expect(await command.exited).toBe(0)
    expect(command.stdout).toBe('9\n9\n')
    expect(command.stderr).toBe('')
    await eventually(() => expect(command.left()).toEqual([]))
    await eventually(async () => expect(await openJobs()).toEqual([]), { timeoutMs: 10_000 })
  })

  test('Ctrl-C cancels the job', async () => {
    const command = new Command(['map', 'slowSquare', ...Array.from({ length: 500 }, (_, i) => String(i))], { env })
    await command.shows(/^\d/m)
    command.kill('SIGINT')
    expect(await command.exited).toBe(130)
    expect(command.stderr).toBe('')
    await eventually(async () => expect(await openJobs()).toEqual([]), { timeoutMs: 10_000 })
  })

  async function openJobs(): Promise<unknown[]> {
    const response = await fetch(`${env.MANYHANDS_URL}/v1/jobs?limit=100`)
    const { jobs } = (await response.json()) as { jobs: Job[] }
    return jobs.filter((job) => job.finishedAt === null)
  }

  test('words that are no JSON are texts', async () => {
    expect((await run(['map', 'greet', 'Alice', '"5"'], env)).stdout).toBe('"Hello, Alice!"\n"Hello, 5!"\n')
  })

  test('map takes constants and gives results as they come', async () => {
    expect((await run(['map', 'add', '1', '2', '--args', '[10]', '--unordered'], env)).stdout.split('\n').sort()).toEqual(['', '11', '12'])
  })

  test('a failed item is told, has no line, and makes the exit code 1', async () => {
    const { code, stdout, stderr } = await run(['map', 'reciprocal', '4', '0', '2'], env)
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '0.25\n0.5\n',
      stderr: 'item 1: RangeError: 0 has no reciprocal\n1 item failed\n',
    })
  })

  test('a line that is not JSON is named', async () => {
    const { code, stderr } = await run(['map', 'square'], env, '1\noops\n')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'Line 2 of the input is not JSON: oops\n' })
  })

  test('apply prints the result', async () => {
    expect(await run(['apply', 'add', '2', '40'], env)).toEqual({ code: 0, stdout: '42\n', stderr: '' })
  })

  test('values that JSON lacks are printed as what they are', async () => {
    expect((await run(['map', 'square', '1e200'], env)).stdout).toBe('Infinity\n')
    expect((await run(['apply', 'reciprocal', '-1e999'], env)).stdout).toBe('-0\n')
    expect((await run(['apply', 'add', '1e999', '-1e999'], env)).stdout).toBe('NaN\n')
  })

  test('a name that no worker knows is answered with the one that was meant', async () => {
    const { code, stderr } = await run(['apply', 'sqare', '2'], env)
    expect(code).toBe(1)
    expect(stderr).toContain('square')
  })
})

test('without an API it says how to get one', async () => {
  const { code, stderr } = await run(['apply', 'square', '2'], { MANYHANDS_URL: `http://127.0.0.1:${await freePort()}` })
  expect(code).toBe(1)
  expect(stderr).toContain('To start one: npx manyhands dev')
})

test('help, version and what was not understood', async () => {
  expect((await run(['--help'])).stdout).toContain('Usage: manyhands <command>')
  expect((await run(['worker', '--help'])).stdout).toContain('--functions <path>')
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(await run(['wroker'])).toEqual({ code: 2, stdout: '', stderr: 'There is no command wroker. Did you mean manyhands worker?\n' })
  expect((await run(['map'])).code).toBe(2)
})

test.each(['api', 'worker'])('a HOST that is not of this machine is named by %s', async (part) => {
  const words = part === 'worker' ? ['worker', '--functions', functions] : ['api']
  const env = { PORT: '0', MANYHANDS_LOG: 'silent', MANYHANDS_PROCESSES: '1', REDIS_URL: 'redis://127.0.0.1:1' }
  const meant = 'meant is an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them\n'
  const ends = ['nowhere.invalid', '192.0.2.1'].map((HOST) => run(words, { ...env, HOST }))
  expect(await Promise.all(ends)).toEqual([
    { code: 1, stdout: '', stderr: `HOST is "nowhere.invalid", a name that does not resolve; ${meant}` },
    { code: 1, stdout: '', stderr: `HOST is "192.0.2.1", which is not an address of this machine; ${meant}` },
  ])
})

test('a setting that is wrong is named', async () => {
  expect(await run(['api'], { PORT: 'three' })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'PORT is "three"; meant is a whole number from 0 to 65535\n',
  })
})
