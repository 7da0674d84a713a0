import { registerHooks } from 'node:module'
import type { Mutant } from './mutants.ts'

/** Loaded before a service (`--import`): one line of its source is another one in this process. */
const { file, from, to } = JSON.parse(process.env['CHAOS_MUTANT'] ?? '') as Mutant

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/${file}`)) return loaded
    const source = String(loaded.source)
    if (!source.includes(from)) throw new Error(`${file} has no text ${from}`)
    return { ...loaded, source: source.replace(from, to) }
  },
})
