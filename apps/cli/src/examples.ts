import { existsSync } from 'node:fs'

/** The repository has its examples beside apps/; the published package has none. */
export const examples = new URL('../../../examples/', import.meta.url)
export const hasExamples = existsSync(examples)
