import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { addApply } from './apply.ts'
import { addMap } from './map.ts'
import { addPools } from './pools.ts'

/** /v1/pools: submits, and the pools themselves. */
export function addPoolRoutes(app: FastifyInstance, api: Api): void {
  addApply(app, api)
  addMap(app, api, 'map')
  addMap(app, api, 'starmap')
  addPools(app, api)
}
