import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { addBulk } from './bulk.ts'
import { addEnds } from './ends.ts'
import { addEvents } from './events.ts'
import { addItem } from './item.ts'
import { addItems } from './items.ts'
import { addLooks } from './looks.ts'
import { addResults } from './results.ts'

/** /v1/jobs: what became of a submit. */
export function addJobRoutes(app: FastifyInstance, api: Api): void {
  addLooks(app, api)
  addItems(app, api)
  addItem(app, api)
  addResults(app, api)
  addEnds(app, api)
  addEvents(app, api)
  addBulk(app, api)
}
