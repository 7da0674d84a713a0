import type { Crew as StoredCrew } from '@manyhands/job-store'
import type { Crew } from '@manyhands/process-pool'

/** Pools that are remembered, at most. */
const most = 1000

/** Which pools have processes of their own, as their last claims told. */
export class Crews {
  readonly #crews = new Map<string, Crew>()

  note(pool: string, crew: StoredCrew | undefined): void {
    this.#crews.delete(pool)
    if (crew) this.#crews.set(pool, { key: `${pool} ${crew.version}`, initializer: crew.initializer, maxTasks: crew.maxTasks })
    const [oldest] = this.#crews.keys()
    if (this.#crews.size > most && oldest !== undefined) this.#crews.delete(oldest)
  }

  of(pool: string): Crew | undefined {
    return this.#crews.get(pool)
  }

  key(pool: string): string | undefined {
    return this.#crews.get(pool)?.key
  }
}
