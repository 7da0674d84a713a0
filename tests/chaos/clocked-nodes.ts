import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@manyhands/redis'
import { onTestFinished } from 'vitest'

/** A Redis that votes for locks, whose clock can be moved. */
export interface ClockedNode {
  url: string
  /** From now on its clock is so far from the right time. */
  shift(seconds: number): void
}

/** They end with the test. Needs gcc: no other way moves the clock of one process. */
export async function startClockedNodes(count: number): Promise<ClockedNode[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mh-clock-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const clock = join(folder, 'clock.so')
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', fileURLToPath(new URL('./programs/clock.c', import.meta.url)), '-o', clock])
  return Promise.all(Array.from({ length: count }, (_, i) => startNode(clock, join(folder, `shift-${i}`))))
}

async function startNode(clock: string, shiftFile: string): Promise<ClockedNode> {
  const shift = (seconds: number) => writeFileSync(shiftFile, String(seconds))
  shift(0)
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', args, { env: { LD_PRELOAD: clock, SHIFT_FILE: shiftFile, PATH: pathOf() }, stdio: 'ignore' })
  onTestFinished(async () => {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  })
  return { url: `redis://127.0.0.1:${port}`, shift }
}

const pathOf = (): string => process.env.PATH ?? ''
