import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { childrenOf, eventually, isAlive } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { brief, runIn, sliceOf, startPool } from './fixtures/pool.ts'

const program = fileURLToPath(new URL('./fixtures/parent-program.ts', import.meta.url))

interface Ids {
  idle: number
  looping: number
  grandchild: number
}

async function startProgram() {
  const parent = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  return { parent, ids: JSON.parse(line.toString()) as Ids }
}

test('when the parent is killed no child is left: idle, computing, or started by a function', async () => {
  const { parent, ids } = await startProgram()
  expect(Object.values(ids).every(isAlive)).toBe(true)
  parent.kill('SIGKILL')
  await eventually(() => !isAlive(ids.idle), { timeoutMs: 1000, describe: 'the end of the idle child' })
  await eventually(() => !isAlive(ids.looping) && !isAlive(ids.grandchild), { timeoutMs: 2000, describe: 'the end of the computing ones' })
})

test('a child has a process group of its own: Ctrl-C, which goes to the whole group of the parent, does not reach it', async () => {
  const pool = await startPool()
  const [child] = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  const [, , group] = readFileSync(`/proc/${child}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  expect(Number(group)).toBe(child)
})

test('stop leaves nothing behind, not even what functions have started', async () => {
  const pool = await startPool()
  const [grandchild] = brief((await runIn(pool, sliceOf('act', [{ do: 'spawn' }]))).list())
  expect(isAlive(Number(grandchild))).toBe(true)
  await pool.stop()
  await eventually(() => !isAlive(Number(grandchild)), { timeoutMs: 1000 })
})

test('a guard that was killed is replaced', async () => {
  const pool = await startPool({ processes: 2 })
  const guard = () => childrenOf(process.pid).find(({ command }) => command === 'sh')
  const first = guard()
  if (!first) throw new Error('there is no guard')
  process.kill(first.pid, 'SIGKILL')
  await eventually(() => !isAlive(first.pid))
  await runIn(pool, sliceOf('act', [{ do: 'exit' }]))
  await eventually(() => guard() !== undefined)
})
