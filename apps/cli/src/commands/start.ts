import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from '../command.ts'
import { type Example, runExample } from '../example.ts'
import { Interruption } from '../interruption.ts'
import { Stack } from '../services/stack.ts'

// the repository has them beside apps/; the published package has neither
const examples = new URL('../../../../examples/', import.meta.url)
export const hasExamples = existsSync(examples)
