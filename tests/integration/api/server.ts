import { createConnection, type Socket } from 'node:net'
import { type ApiService, startApi } from '@manyhands/app-api'
import { startWorker, type WorkerService } from '@manyhands/app-worker'
import type { Job } from '@manyhands/contracts'
import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { namespace, type TestRedis } from '@manyhands/testing'
import { afterAll, beforeAll } from 'vitest'
import { fixtures } from '../../stack.ts'

export const json = { 'content-type': 'application/json' }
export const ndjson = { 'content-type': 'application/x-ndjson' }
export const tagged = { 'content-type': 'application/vnd.manyhands+json' }

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: string
  errors: { pointer: string; detail: string }[]
  [extra: string]: unknown
}

/** The API of one test file, in its process, on real Redis; and a worker, if it wants one. */
export interface ApiUnderTest {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
  /** Objects are sent as JSON, text and bytes as they are. */
  post(route: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  get(route: string, headers?: Record<string, string>): Promise<Response>
  call(method: string, route: string, headers?: Record<string, string>): Promise<Response>
  /** Submits and returns the job. */
  submit(route: string, body: unknown, headers?: Record<string, string>): Promise<Job>
  ended(id: string): Promise<Job>
  /** Jobs that are stored. */
  jobs(): Promise<Job[]>
  /** Sends bytes over a socket of its own; everything that came back, once the server has closed it. */
  raw(text: string | Buffer): Promise<string>
  connect(): Socket
}

export interface ApiTestOptions {
  settings?: Record<string, string>
  timeouts?: Parameters<typeof startApi>[0]['timeouts']
  worker?: boolean
}

const logger = createLogger({ level: 'silent', service: 'test' })

export function apiServer(redis: TestRedis, { settings = {}, timeouts = {}, worker = true }: ApiTestOptions = {}): ApiUnderTest {
  let api: ApiService
  let hands: WorkerService | undefined
  beforeAll(async () => {
    const common = { REDIS_URL: redis.url, PORT: '0', MANYHANDS_GROUP: namespace(), MANYHANDS_LEASE_MS: '2000', MANYHANDS_PROCESSES: '2' }
    const read = readSettings({ ...common, MANYHANDS_FUNCTIONS: fixtures, ...settings })
    api = await startApi({ settings: read, logger, timeouts })
    if (worker) hands = await startWorker({ settings: read, logger })
  })
  afterAll(async () => {
    await hands?.stop()
    await api.stop()
  })
  return client(() => api)
}

function client(api: () => ApiService): ApiUnderTest {
  const call: ApiUnderTest['call'] = (method, route, headers = {}) => fetch(api().url + route, { method, headers })
  const get: ApiUnderTest['get'] = (route, headers) => call('GET', route, headers)
  const post: ApiUnderTest['post'] = (route, body, headers = json) =>
    fetch(api().url + route, { method: 'POST', headers, body: textOf(body) })
  const port = () => Number(new URL(api().url).port)
  const connect = () => createConnection({ port: port(), host: '127.0.0.1' })
  return {
    get url() {
      return api().url
    },
    get port() {
      return port()
    },
    stop: () => api().stop(),
    call,
    get,
    post,
    connect,
    async submit(route, body, headers) {
      const response = await post(route, body, headers)
      if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`)
      return (await response.json()) as Job
    },
    ended: async (id) => endedJob(get, id),
    jobs: async () => ((await (await get('/v1/jobs')).json()) as { jobs: Job[] }).jobs,
    raw: (text) => exchange(connect(), text),
  }
}

function textOf(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}

async function endedJob(get: ApiUnderTest['get'], id: string): Promise<Job> {
  for (let tries = 0; tries < 3; tries++) {
    const job = (await (await get(`/v1/jobs/${id}?wait=10`)).json()) as Job
    if (job.finishedAt !== null) return job
  }
  throw new Error(`job ${id} did not end`)
}

function exchange(socket: Socket, text: string | Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let answer = ''
  socket.on('data', (piece) => (answer += piece))
  // a reset behind the answer is as good as a close
  socket.on('error', () => undefined)
  socket.on('close', () => resolve(answer))
  socket.write(text)
  return promise
}

/** A problem answer, with its headers judged. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type')
  if (type !== 'application/problem+json; charset=utf-8')
    throw new Error(`${response.status} ${type} is no problem: ${await response.text()}`)
  const problem = (await response.json()) as Problem
  if (problem.status !== response.status) throw new Error(`the problem says ${problem.status}, the answer ${response.status}`)
  return problem
}

/** Status, code and pointers of a problem: what most tests look at. */
export async function refusal(response: Response | Promise<Response>): Promise<[status: number, code: string, ...pointers: string[]]> {
  const { status, code, errors } = await problemOf(await response)
  return [status, code, ...errors.map((error) => error.pointer)]
}

/** The problem in a raw HTTP answer. */
export function problemIn(answer: string): Problem {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Problem
}
