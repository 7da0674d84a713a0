import { type EmbeddedRedis, startEmbeddedRedis } from '@manyhands/redis'
import { environmentWith, type Settings } from '@manyhands/settings'
import { ownRedisFolder } from '../own-folder.ts'
import { Service } from './service.ts'

/** Where Redis is. */
export interface RedisPlace {
  /** A Redis that runs already; absent = one of our own, with its data in `redisDir`. */
  redisUrl: string | undefined
  redisDir: string
}

/** A REDIS_URL is used when it is set; else a Redis of our own is, in `.manyhands/` below `cwd`. */
export async function placeOf({ redisGiven, redisUrl }: Settings, cwd: string): Promise<RedisPlace> {
  return { redisUrl: redisGiven ? redisUrl : undefined, redisDir: await ownRedisFolder(cwd) }
}

export interface StackOptions extends RedisPlace {
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
  #stopping = false

  private constructor(redis: EmbeddedRedis | undefined, { redisUrl, settings, workerArgs }: StackOptions) {
    this.#redis = redis
    this.#settings = { MANYHANDS_URL: ownUrl(settings), ...ownReceivers(), ...settings, REDIS_URL: redis?.url ?? redisUrl ?? '' }
    this.#workerArgs = workerArgs
    this.api = new Service(['api'], this.#settings)
    this.#worker = this.#startWorker()
  }

  /** Starts all three. Rejects when Redis does not start; of the other two tell `api.serving` and `worker.serving`. */
  static async start(options: StackOptions): Promise<Stack> {
    const redis = options.redisUrl === undefined ? await startEmbeddedRedis({ dir: options.redisDir }) : undefined
    return new Stack(redis, options)
  }

  get worker(): Service {
    return this.#worker
  }

  /** Puts a new worker in the place of the present one. What the old one was running, the new one runs again. */
  async replaceWorker(): Promise<Service> {
    await this.#worker.stop()
    if (!this.#stopping) this.#worker = this.#startWorker()
    return this.#worker
  }

  /** Resolves when a part is gone that everything else needs, with how it went. */
  get broken(): Promise<string> {
    const parts = this.#redis ? [this.api.lost, this.#redis.exited] : [this.api.lost]
    return Promise.race(parts)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([this.api.stop(), this.#worker.stop()])
    await this.#redis?.stop()
  }

  #startWorker(): Service {
    return new Service(['worker', ...this.#workerArgs], this.#settings)
  }
}

const thisMachine = '127.0.0.0/8,::1/128'

/** Who tries the product out has the receiver of webhooks on the same machine, unless somebody said otherwise. */
function ownReceivers(): Record<string, string> {
  return { MANYHANDS_WEBHOOK_ALLOW: allowed() }
}

const allowed = (): string => environmentWith({}).MANYHANDS_WEBHOOK_ALLOW || thisMachine

/** A sentence on that, for a terminal. */
export const whoIsTold = (): string =>
  `webhooks may be sent to ${allowed() === thisMachine ? 'this machine' : allowed()} too (MANYHANDS_WEBHOOK_ALLOW)`

/** Where functions submit: to our own API, on this machine, unless somebody said otherwise. */
function ownUrl(settings: Record<string, string>): string {
  const { MANYHANDS_URL: said, PORT: port = '3000', HOST: host = '' } = environmentWith(settings)
  const everywhere = ['', '0.0.0.0', '::']
  return said || `http://${everywhere.includes(host) ? '127.0.0.1' : host}:${port}`
}
