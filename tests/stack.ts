import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job, WorkerRecord } from '@manyhands/contracts'
import { freePort } from '@manyhands/redis'
import { eventually, namespace } from '@manyhands/testing'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
export const fixtures = path('./fixtures/functions.ts')

/** One service of ours as its container runs it: `node apps/<app>/src/main.ts`, a process of its own. */
export interface Service {
  pid: number
  /** Everything it printed. */
  output(): string
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

/** The whole product on a Redis: an API, and as many workers as the test wants. */
export interface TestStack {
  url: string
  group: string
  redisUrl: string
  api: Service
  workers: Service[]
  addWorker(settings?: Record<string, string>): Promise<Service>
  /** Another API where the first one was, which has been killed. */
  nextApi(): Promise<Service>
  /** A request to the API; a body that is neither text nor bytes is sent as JSON. */
  call(method: string, route: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  /** The same, and its JSON. Throws what the API answered when it is no 2xx. */
  json<T = Job>(method: string, route: string, body?: unknown, headers?: Record<string, string>): Promise<T>
  /** Waits for the end of a job. */
  ended(id: string, seconds?: number): Promise<Job>
  stop(): Promise<void>
}

export interface StackOptions {
  redisUrl: string
  workers?: number
  settings?: Record<string, string>
  /** All in the test's own process: for tests that kill nothing. */
  inside?: boolean
}

export async function startStack({ redisUrl, workers = 1, settings = {}, inside = false }: StackOptions): Promise<TestStack> {
  const group = namespace()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    REDIS_URL: redisUrl,
    PORT: String(port),
    MANYHANDS_GROUP: group,
    MANYHANDS_LOG: 'warn',
    MANYHANDS_PROCESSES: '1',
    MANYHANDS_FUNCTIONS: fixtures,
    MANYHANDS_URL: url,
    ...settings,
  }
  const stack = client(url)
  const start = inside ? (await import('./inside.ts')).startInside : startService
  const running: Service[] = []
  const startWorker = async (more: Record<string, string> = {}) => {
    const worker = await start('worker', { ...env, MANYHANDS_HEALTH: '0', ...more })
    running.push(worker)
    return worker
  }
  const lives = async (worker: Service) => {
    await eventually(async () => (await pidsOf(stack)).includes(worker.pid), {
      timeoutMs: 15_000,
      everyMs: 30,
      describe: `a worker that lives (${worker.output()})`,
    })
    return worker
  }
  const isReady = (api: Service) =>
    eventually(async () => (await fetch(`${url}/readyz`)).ok, {
      timeoutMs: 15_000,
      everyMs: 30,
      describe: `an API that is ready (${api.output()})`,
    })
  const api = await start('api', env)
  for (let i = 0; i < workers; i++) await startWorker()
  await isReady(api)
  for (const worker of running) await lives(worker)
  return {
    ...stack,
    url,
    group,
    redisUrl,
    api,
    workers: running,
    addWorker: async (more) => lives(await startWorker(more)),
    async nextApi() {
      const next = await start('api', env)
      running.push(next)
      await isReady(next)
      return next
    },
    async stop() {
      await Promise.all([...running, api].map((service) => service.stop()))
    },
  }
}

async function pidsOf(stack: Pick<TestStack, 'json'>): Promise<number[]> {
  const { workers } = await stack.json<{ workers: WorkerRecord[] }>('GET', '/v1/workers')
  return workers.map((worker) => worker.pid)
}

function client(url: string): Pick<TestStack, 'call' | 'json' | 'ended'> {
  const call: TestStack['call'] = (method, route, body, headers = {}) => fetch(`${url}${route}`, requestOf(method, body, headers))
  const json: TestStack['json'] = async (method, route, body, headers) => {
    const response = await call(method, route, body, headers)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${route} answered ${response.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const ended: TestStack['ended'] = (id, seconds = 30) =>
    eventually(
      async () => {
        const job = await json('GET', `/v1/jobs/${id}?wait=5`)
        return job.finishedAt === null ? false : job
      },
      { timeoutMs: seconds * 1000, describe: `the end of job ${id}` },
    )
  return { call, json, ended }
}

function requestOf(method: string, body: unknown, headers: Record<string, string>): RequestInit {
  if (body === undefined) return { method, headers }
  if (typeof body === 'string' || body instanceof Uint8Array) return { method, headers, body: body as string }
  return { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

function startService(app: 'api' | 'worker', env: Record<string, string>): Service {
  const child = spawn(process.execPath, [path(`../apps/${app}/src/main.ts`)], {
    // compiled sources are kept: a service starts in half the time
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: path('../node_modules/.cache/node'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
  return {
    pid: child.pid ?? 0,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    stop: () => stopped(child),
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await gone
  clearTimeout(timer)
}

/** The lines of an NDJSON body. */
export async function linesOf<T>(response: Response): Promise<T[]> {
  const text = await response.text()
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T)
}
