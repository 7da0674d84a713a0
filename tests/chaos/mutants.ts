import { mutatedScripts } from '@manyhands/testing'

/** One place of the product that is broken on purpose: a test that still passes with it proves nothing. */
export interface Mutant {
  /** From the root of the repository: `libs/queue/src/task-consumer.ts`. */
  file: string
  from: string
  to: string
}

const scripts = new URL('../../libs/job-store/src/', import.meta.url)

/** The same for a Lua script of libs/job-store. */
export function luaMutant(file: string, from: string, to: string): Mutant {
  const folder = mutatedScripts(scripts, file, from, to)
  return { file: 'libs/job-store/src/context.ts', from: 'folder: string = import.meta.url', to: `folder: string = '${folder}'` }
}

/** Settings of a service that make it such a mutant. */
export const asMutant = (mutant: Mutant | undefined): Record<string, string> =>
  mutant ? { NODE_OPTIONS: `--import ${new URL('./mutate.ts', import.meta.url).href}`, CHAOS_MUTANT: JSON.stringify(mutant) } : {}
