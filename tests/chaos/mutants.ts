import { mutatedScripts } from '@manyhands/testing'

/** One place of the product that is broken on purpose: a test that still passes with it proves nothing. */
export interface Mutant {
  /** From the root of the repository: `libs/queue/src/lasting-worker.ts`. */
  file: string
  from: string
  to: string
}

/** Folders of Lua scripts, each with the file that says where they are. */
const rooms = {
  'job-store': { folder: new URL('../../libs/job-store/src/', import.meta.url), file: 'libs/job-store/src/context.ts' },
  locks: { folder: new URL('../../libs/locks/src/', import.meta.url), file: 'libs/locks/src/lock-nodes.ts' },
  webhooks: { folder: new URL('../../libs/webhooks/src/', import.meta.url), file: 'libs/webhooks/src/context.ts' },
  'shared-state': { folder: new URL('../../libs/shared-state/src/', import.meta.url), file: 'libs/shared-state/src/scripts.ts' },
}

/** The same for a Lua script. */
export function luaMutant(file: string, from: string, to: string, room: keyof typeof rooms = 'job-store'): Mutant {
  const folder = mutatedScripts(rooms[room].folder, file, from, to)
  return { file: rooms[room].file, from: 'folder: string = import.meta.url', to: `folder: string = '${folder}'` }
}

/** Settings of a service that make it such a mutant. */
export const asMutant = (mutant: Mutant | undefined): Record<string, string> =>
  mutant ? { NODE_OPTIONS: `--import ${new URL('./mutate.ts', import.meta.url).href}`, CHAOS_MUTANT: JSON.stringify(mutant) } : {}
