import { type Job as JobRecord, ProblemError } from '@manyhands/contracts'
import { answerJson, answerParts, answerProblem, answerText } from './answers.ts'
import type { Workshop } from './item.ts'
import { Job } from './job.ts'
import { turn } from './news.ts'
import { Pool, type PoolFields } from './pool.ts'
import { type Fields, fieldsOf, withinLimit } from './request.ts'
import { mergedPolicy } from './retry.ts'
import { wholeResult } from './whole-result.ts'

export interface ServerOptions extends Workshop {
  processes: number
}

/** A request as a route gets it. */
interface Asked {
  /** What the path's pattern has found. */
  names: string[]
  query: URLSearchParams
  headers: Headers
  body: string
  signal: AbortSignal
}

type Route = (asked: Asked) => Response | Promise<Response>

/** The API in memory: the routes that the client uses, answered as the real ones are (docs/wire.md, /openapi.json). */
export class Server {
  readonly #options: ServerOptions
  readonly #jobs = new Map<string, Job>()
  readonly #pools = new Map<string, Pool>()
  readonly #keys = new Map<string, Job>()
  readonly #routes: [method: string, path: RegExp, route: Route][] = [
    ['POST', /^\/v1\/pools\/([^/]+)\/(apply|map|starmap)$/, (asked) => this.#submit(asked)],
    ['POST', /^\/v1\/pools$/, (asked) => this.#makePool(asked)],
    ['GET', /^\/v1\/pools\/([^/]+)$/, (asked) => answerJson(this.#poolOf(asked).record())],
    ['PATCH', /^\/v1\/pools\/([^/]+)$/, (asked) => this.#changePool(asked)],
    ['DELETE', /^\/v1\/pools\/([^/]+)$/, (asked) => this.#dropPool(asked)],
    ['POST', /^\/v1\/pools\/([^/]+)\/(close|terminate|pause|resume)$/, (asked) => this.#tellPool(asked)],
    ['GET', /^\/v1\/jobs\/([^/]+)$/, (asked) => this.#look(asked)],
    ['GET', /^\/v1\/jobs\/([^/]+)\/result$/, (asked) => this.#result(asked)],
    ['GET', /^\/v1\/jobs\/([^/]+)\/results$/, (asked) => this.#results(asked)],
    ['POST', /^\/v1\/jobs\/([^/]+)\/items$/, (asked) => this.#append(asked)],
    ['POST', /^\/v1\/jobs\/([^/]+)\/close$/, (asked) => this.#close(asked)],
    ['POST', /^\/v1\/jobs\/([^/]+)\/cancel$/, (asked) => this.#cancel(asked)],
  ]

  constructor(options: ServerOptions) {
    this.#options = options
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const { signal } = init
    // a request takes a turn of the event loop, as it does over a network
    await turn()
    signal?.throwIfAborted()
    return unlessAborted(this.#answer(new URL(String(input)), init), signal ?? undefined)
  }

  async #answer({ pathname, searchParams }: URL, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> {
    try {
      const asked = {
        query: searchParams,
        headers: new Headers(headers),
        body: textOf(body),
        signal: signal ?? new AbortController().signal,
      }
      for (const [verb, path, route] of this.#routes) {
        const found = verb === method ? path.exec(pathname) : null
        if (found) return await route({ ...asked, names: found.slice(1).map(decodeURIComponent) })
      }
      throw new ProblemError('route-not-found', `inline() runs calls of functions and nothing else: it has no ${method} ${pathname}`)
    } catch (error) {
      if (error instanceof ProblemError) return answerProblem(error)
      throw error
    }
  }

  async #submit({ names: [pool = '', kind = ''], headers, body }: Asked): Promise<Response> {
    const key = headers.get('idempotency-key') ?? ''
    const job = this.#keys.get(key) ?? this.#open(pool, kind as JobRecord['kind'], fieldsOf(kind as JobRecord['kind'], body))
    this.#keys.set(key, job)
    if (headers.has('prefer') && !job.fields.open) await job.news.until(() => job.isEnded)
    const location = { location: `/v1/jobs/${job.id}` }
    return job.isEnded && headers.has('prefer') ? answerText(wholeResult(job), location) : answerJson(job.record(), 202, location)
  }

  #open(poolName: string, kind: JobRecord['kind'], fields: Fields): Job {
    const definition = this.#functionOf(fields.function)
    const pool = this.#pools.get(poolName) ?? this.#newPool(poolName, {})
    pool.admit()
    const id = `default~${fields.id ?? crypto.randomUUID()}`
    if (this.#jobs.has(id)) throw new ProblemError('job-id-taken', `a job ${id} exists; meant is an id that is free, or an Idempotency-Key`)
    const job = new Job(id, kind, pool, fields, mergedPolicy(fields, definition))
    this.#jobs.set(id, job)
    pool.add(job)
    return job
  }

  #functionOf(name: string) {
    const { functions } = this.#options
    const definition = functions.get(name)
    if (definition) return definition
    throw new ProblemError(
      'function-not-found',
      `no worker has ever registered a function ${name}; there are: ${[...functions.keys()].join(', ')}`,
    )
  }

  async #look({ names, query }: Asked): Promise<Response> {
    const job = this.#jobOf(names)
    if (query.has('wait')) await job.news.until(() => job.isEnded)
    return answerJson(job.record())
  }

  async #result({ names }: Asked): Promise<Response> {
    const job = this.#jobOf(names)
    await job.news.until(() => job.isEnded)
    return answerText(wholeResult(job))
  }

  #results({ names, query, signal }: Asked): Response {
    const order = query.get('order') === 'completion' ? 'completion' : 'input'
    const job = this.#jobOf(names)
    return answerParts(job, order, Number(query.get('after') ?? 0), signal)
  }

  /** Answers when there is room for more, so that a source is read no further than that. */
  async #append({ names, query, body }: Asked): Promise<Response> {
    const job = this.#jobOf(names)
    if (!job.isOpen) throw new ProblemError('not-open', `job ${job.id} takes no more items`)
    const lines = withinLimit(body.split('\n').filter(Boolean))
    job.append(lines.slice(job.total - Number(query.get('offset'))))
    this.#pools.get(job.pool)?.add(job)
    await job.news.until(() => job.hasRoom)
    return answerJson({ total: job.total, accepted: lines.length })
  }

  #close({ names }: Asked): Response {
    const job = this.#jobOf(names)
    job.close()
    return answerJson(job.record())
  }

  #cancel({ names }: Asked): Response {
    const job = this.#jobOf(names)
    job.end('cancelled', { name: 'ManyhandsError', code: 'cancelled', message: 'the job was cancelled' })
    return answerJson(job.record())
  }

  #jobOf([id = '']: string[]): Job {
    const job = this.#jobs.get(id)
    if (!job) throw new ProblemError('not-found', `there is no job ${id}`)
    return job
  }

  #newPool(name: string, fields: PoolFields): Pool {
    const pool = new Pool(name, fields, this.#options, this.#options.processes)
    this.#pools.set(name, pool)
    return pool
  }

  #poolOf({ names: [name = ''] }: Asked): Pool {
    const pool = this.#pools.get(name) ?? (name === 'default' ? this.#newPool(name, {}) : undefined)
    if (!pool) throw new ProblemError('not-found', `there is no pool ${name}; a pool is made by POST /v1/pools or by its first job`)
    return pool
  }

  #makePool({ body }: Asked): Response {
    const { name, ...fields } = JSON.parse(body) as PoolFields & { name: string }
    const pool = this.#pools.get(name)
    pool?.admit()
    pool?.change(fields)
    return answerJson((pool ?? this.#newPool(name, fields)).record(), 201)
  }

  #changePool(asked: Asked): Response {
    const pool = this.#poolOf(asked)
    pool.change(JSON.parse(asked.body) as PoolFields)
    return answerJson(pool.record())
  }

  #dropPool(asked: Asked): Response {
    const pool = this.#poolOf(asked)
    if (pool.jobs > 0) throw new ProblemError('job-not-ended', `pool ${pool.name} has jobs that have not ended`)
    this.#pools.delete(pool.name)
    return new Response(null, { status: 204 })
  }

  #tellPool(asked: Asked): Response {
    const pool = this.#poolOf(asked)
    const acts: Record<string, () => void> = {
      close: () => pool.close(),
      terminate: () => pool.terminate(),
      pause: () => pool.pause(true),
      resume: () => pool.pause(false),
    }
    acts[asked.names[1] ?? '']?.()
    return answerJson(pool.record())
  }
}

const utf8 = new TextDecoder()

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : body instanceof Uint8Array ? utf8.decode(body) : ''
}

/** What the server goes on to do, an aborted caller does not hear. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return answer
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
