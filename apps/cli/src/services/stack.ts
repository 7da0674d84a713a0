import { type EmbeddedRedis, startEmbeddedRedis } from '@manyhands/redis'
import { UserError } from '../problem.ts'
import { Service, type Serving } from './service.ts'

export interface StackOptions {
  /** A Redis that runs already; absent = one of our own, with its data in `redisDir`. */
  redisUrl: string | undefined
  redisDir: string
  /** Settings for the API and the worker, beside those of this process. */
  settings: Record<string, string>
  /** Words for `manyhands worker`. */
  workerArgs: string[]
}

/** All of the product on one machine: Redis, the API and a worker, each a process of its own, so that none can hold another up. */
export class Stack {
  readonly #redis: EmbeddedRedis | undefined
  readonly #settings: Record<string, string>
  readonly #workerArgs: string[]
  readonly api: Service
  #worker: Service

  private constructor(redis: EmbeddedRedis | undefined, { redisUrl, settings, workerArgs }: StackOptions) {
    this.#redis = redis
    this.#settings = { ...settings, REDIS_URL: redis?.url ?? redisUrl ?? '' }
    this.#workerArgs = workerArgs
    this.api = new Service(['api'], this.#settings)
    this.#worker = this.#startWorker()
  }

  /** Starts all three. Throws UserError when Redis does not start; of the other two tell `api.serving` and `worker.serving`. */
  static async start(options: StackOptions): Promise<Stack> {
    const redis = options.redisUrl === undefined ? await startRedis(options.redisDir) : undefined
    return new Stack(redis, options)
  }

  get worker(): Service {
    return this.#worker
  }

  /** Puts a new worker in the place of the present one. What the old one was running, the new one runs again. */
  async replaceWorker(): Promise<Serving> {
    await this.#worker.stop()
    this.#worker = this.#startWorker()
    return this.#worker.serving
  }

  /** Resolves when a part is gone that everything else needs, with how it went. */
  get broken(): Promise<string> {
    return Promise.race([this.api.exited, ...(this.#redis ? [this.#redis.exited] : [])])
  }

  async stop(): Promise<void> {
    await Promise.all([this.api.stop(), this.#worker.stop()])
    await this.#redis?.stop()
  }

  #startWorker(): Service {
    return new Service(['worker', ...this.#workerArgs], this.#settings)
  }
}

async function startRedis(dir: string): Promise<EmbeddedRedis> {
  try {
    return await startEmbeddedRedis({ dir })
  } catch (error) {
    // the message of a server that does not start is written for a terminal
    if (error instanceof Error && error.name === 'RedisServerError') throw new UserError(error.message)
    throw error
  }
}
