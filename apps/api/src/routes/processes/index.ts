import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { addEnds } from './ends.ts'
import { addLogs } from './logs.ts'
import { addLooks } from './looks.ts'
import { addStart } from './start.ts'

/** /v1/processes: calls that have a process of their own. */
export function addProcessRoutes(app: FastifyInstance, api: Api): void {
  addStart(app, api)
  addLooks(app, api)
  addEnds(app, api)
  addLogs(app, api)
}
