import type { Crew as StoredCrew } from '@manyhands/job-store'
import type { Crew } from '@manyhands/process-pool'

/** With the version of the pool's settings. */
export type VersionedCrew = Crew & Pick<StoredCrew, 'version'>

/** Pools that are remembered, at most. */
const most = 1000

/** Which pools have processes of their own, as their last claims told. */
export class Crews {
  readonly #crews = new Map<string, VersionedCrew>()

  note(pool: string, crew: StoredCrew | undefined): void {
    this.#crews.delete(pool)
    if (crew) this.#crews.set(pool, { key: `${pool} ${crew.version}`, ...crew })
    const [oldest] = this.#crews.keys()
    if (this.#crews.size > most && oldest !== undefined) this.#crews.delete(oldest)
  }

  of(pool: string): VersionedCrew | undefined {
    return this.#crews.get(pool)
  }

  key(pool: string): string | undefined {
    return this.#crews.get(pool)?.key
  }
}
