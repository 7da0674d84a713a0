import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { addCalls } from './calls.ts'
import { addObjectEvents } from './events.ts'
import { addManagers } from './managers.ts'
import { addMethods } from './methods.ts'
import { addObjects } from './objects.ts'

/** /v1/managers and /v1/object-calls: shared objects. */
export function addObjectRoutes(app: FastifyInstance, api: Api): void {
  addManagers(app, api)
  addObjects(app, api)
  addObjectEvents(app, api)
  addMethods(app, api)
  addCalls(app, api)
}
