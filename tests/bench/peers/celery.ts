import { startDriver } from '../driver.ts'
import { died, output, start } from '../processes.ts'
import { startRedis } from '../redis-server.ts'
import type { Peer } from '../side.ts'
import { assemble, NotInstalled } from '../side.ts'
import { program, pythonFlags } from './program.ts'

const interpreters = ['/usr/bin/python3', 'python3']
const flags = ['-P', 'prefork', '-c', '2', '--without-gossip', '--without-mingle', '--without-heartbeat', '-l', 'WARNING']

/** Celery on Redis: a prefork worker of two processes. */
export const celery: Peer = {
  name: 'Celery',
  start: async () => {
    const { python } = await celeryInstalled()
    return assemble('Celery', async (stack) => {
      const redis = await stack.add(startRedis('Celery'))
      const env = { REDIS_URL: redis.url }
      const worker = await stack.add(startWorker(python, env))
      const driver = await stack.add(startDriver({ name: 'Celery driver', ...program('celery_driver.py', python), env }))
      await Promise.race([driver.call('latency', { count: 1, warmUp: 0 }, 30_000), died(worker)])
      return { driver, redis }
    })
  },
}

function startWorker(python: string, env: Record<string, string>) {
  const { cwd } = program('celery_tasks.py', python)
  return start({
    name: 'Celery worker',
    command: python,
    args: [...pythonFlags, '-m', 'celery', '-A', 'celery_tasks', 'worker', ...flags],
    cwd,
    env,
  })
}

/** The interpreter that has celery and redis. Throws NotInstalled when none has. */
export async function celeryInstalled(): Promise<{ python: string; version: string }> {
  for (const python of interpreters) {
    const version = await versionIn(python)
    if (version) return { python, version }
  }
  throw new NotInstalled('Celery is not installed (Debian: apt-get install python3-celery python3-redis)')
}

/** The versions, or nothing when this interpreter is missing or lacks a module: the next one is tried. */
async function versionIn(python: string): Promise<string | undefined> {
  const code = 'import celery, redis; print(f"Celery {celery.__version__}, redis-py {redis.__version__}")'
  const asked = output({ name: python, command: python, args: ['-c', code] }, 10_000)
  return asked.then((text) => text.trim()).catch(() => undefined)
}
