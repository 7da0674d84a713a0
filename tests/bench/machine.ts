import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { celeryInstalled } from './peers/celery.ts'
import { pythonVersion } from './peers/python-pool.ts'
import { output } from './processes.ts'
import { redisFlags } from './redis-server.ts'

const root = new URL('../../', import.meta.url)

/** What a reader must know to judge the numbers, a line each. */
export async function describeMachine(): Promise<string[]> {
  const [first] = cpus()
  return [
    `${new Date().toISOString()}, commit ${await commit()}`,
    `${cpus().length} x ${first?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `Node ${process.version}, ${await redisVersion()} (${redisFlags.map((flag) => flag || "''").join(' ')})`,
    `bullmq ${packageVersion('bullmq')}, ioredis ${packageVersion('ioredis')}, piscina ${packageVersion('piscina')}`,
    `${await orAbsent(pythonVersion())}; ${await orAbsent(celeryInstalled().then(({ version }) => version))}`,
    `load average at the start ${loadavg()[0]?.toFixed(2)}`,
  ]
}

interface CpuTimes {
  total: number
  idle: number
  steal: number
}

/** Shares of CPU time since `since` that the machine was busy, and that its host took away (Linux; 0 elsewhere). */
export function cpuTimes(): CpuTimes {
  const times = cpuLine().split(/\s+/).slice(1, 9).map(Number)
  return { total: times.reduce((sum, time) => sum + time, 0), idle: (times[3] ?? 0) + (times[4] ?? 0), steal: times[7] ?? 0 }
}

export function describeLoad(since: CpuTimes): string {
  const now = cpuTimes()
  const total = now.total - since.total || 1
  const percent = (part: number) => `${((100 * part) / total).toFixed(1)} %`
  return `over the whole run the CPUs were ${percent(now.idle - since.idle)} idle, ${percent(now.steal - since.steal)} were taken by the host (steal)`
}

function cpuLine(): string {
  return process.platform === 'linux' ? (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '') : ''
}

async function redisVersion(): Promise<string> {
  const text = await output({ name: 'redis-server', command: 'redis-server', args: ['--version'] }, 5_000)
  return `redis-server ${/v=(\S+)/.exec(text)?.[1]}`
}

/** A tree without a commit, or without git, still has a benchmark. */
async function commit(): Promise<string> {
  const args = ['describe', '--always', '--dirty']
  return output({ name: 'git', command: 'git', args, cwd: root.pathname }, 5_000).then(
    (text) => text.trim(),
    () => 'unknown',
  )
}

function packageVersion(name: string): string {
  const file = new URL(`node_modules/${name}/package.json`, root)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function orAbsent(asked: Promise<string>): Promise<string> {
  return asked.catch((error: Error) => error.message)
}
