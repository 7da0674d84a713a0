import type { Command } from '../command.ts'
import { api } from './api.ts'
import { apply } from './apply.ts'
import { dev } from './dev.ts'
import { map } from './map.ts'
import { start } from './start.ts'
import { worker } from './worker.ts'

/** In the order of the help. */
export const commands: Command[] = [start, dev, api, worker, map, apply]
