import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connect } from '@manyhands/client'
import { testRedis } from '@manyhands/testing'
import { afterAll, beforeAll } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'

const run = promisify(execFile)
export const pythonWorker = fileURLToPath(new URL('../../examples/python-worker/', import.meta.url))
export const pythonChild = `python3 "${pythonWorker}child.py"`

/** The functions of examples/python-worker/functions.py as a caller in TypeScript declares them. */
export interface PythonFunctions {
  square(x: number): number
  reciprocal(x: number): number
  count_primes(below: number): number
  word_statistics(text: string, most?: number): { words: number; different: number; common: [string, number][] }
  crash(x: number): number
}

export interface PythonFleet {
  stack(): TestStack
  hands(): ReturnType<typeof connect<PythonFunctions>>
  /** What a program prints that has `from client import Pool`. */
  python(program: string): Promise<string>
}

/** Throws what is missing: without Python nothing of these tests means anything, and to skip them would be silent. */
export async function needPython(): Promise<void> {
  await run('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9), sys.version']).catch((cause: unknown) => {
    throw new Error('examples/python-worker is run by these tests: python3, 3.9 or later, has to be on the PATH', { cause })
  })
}

/** At the top of a test file: Redis, an API, and whatever workers the file adds. */
export function pythonFleet(workers: Record<string, string>[]): PythonFleet {
  const redis = testRedis()
  let stack: TestStack | undefined
  const running = (): TestStack => {
    if (!stack) throw new Error('the fleet of this file runs only inside its tests')
    return stack
  }
  beforeAll(async () => {
    await needPython()
    stack = await startStack({ redisUrl: redis.url, workers: 0, settings: { MANYHANDS_FUNCTIONS: '', PYTHONDONTWRITEBYTECODE: '1' } })
    for (const settings of workers) await stack.addWorker(settings)
  })
  afterAll(() => stack?.stop())
  return {
    stack: running,
    hands: () => connect<PythonFunctions>({ url: running().url }),
    python: async (program) => {
      const env = { PATH: process.env.PATH, MANYHANDS_URL: running().url, PYTHONDONTWRITEBYTECODE: '1' }
      const { stdout } = await run('python3', ['-c', `from client import Pool, RemoteError\npool = Pool()\n${program}`], {
        cwd: pythonWorker,
        env,
      })
      return stdout
    },
  }
}
