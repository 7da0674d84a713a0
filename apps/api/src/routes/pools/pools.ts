import { media, parseSpan, scanJson } from '@manyhands/contracts'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { jsonBytes, refuseFields } from '../../input/json-body.ts'
import { NewPool, PoolFields, ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { idempotencyKey, PoolParams } from '../../openapi/parts.ts'

interface Named {
  Params: { pool: string }
}

const newPool = new Checker(NewPool)
const poolFields = new Checker(PoolFields)
const example = { name: 'reports', processes: 4, running: 0, jobs: 0, createdAt: '2026-11-22T20:00:00.000Z' }
const onePool = (description: string) => ({ description, json: ref('Pool'), example })

const listing = describe({
  tag: 'pools',
  id: 'listPools',
  summary: 'List pools',
  description: 'Pools that were made or used, and `default`.',
  answers: { 200: { description: 'All pools', json: Type.Object({ pools: Type.Array(ref('Pool')) }), example: { pools: [example] } } },
  errors: [],
})
const reading = describe({
  tag: 'pools',
  id: 'getPool',
  summary: 'Look at a pool',
  description: 'Its bound and what runs in it now.',
  params: PoolParams,
  answers: { 200: onePool('The pool') },
  errors: ['not-found'],
})
const making = describe({
  tag: 'pools',
  id: 'createPool',
  summary: 'Make a pool',
  description:
    'A pool bounds how many processes its jobs use over the fleet. One that exists is changed. Pools also come into being by their first job.',
  headers: Type.Object(idempotencyKey),
  body: { [media.json]: { schema: ref('NewPool'), example: { name: 'reports', processes: 4 } } },
  answers: { 201: { ...onePool('The pool'), headers: { Location: Type.String({ description: '/v1/pools/{pool}' }) } } },
  errors: ['invalid-idempotency-key'],
})
const changing = describe({
  tag: 'pools',
  id: 'changePool',
  summary: 'Change a pool',
  description: 'A smaller bound holds for what is handed out from now on.',
  params: PoolParams,
  body: { [media.json]: { schema: ref('PoolFields'), example: { processes: null } } },
  answers: { 200: onePool('The pool') },
  errors: ['not-found'],
})
const removing = describe({
  tag: 'pools',
  id: 'deletePool',
  summary: 'Delete a pool',
  description: 'Only a pool without jobs can be deleted.',
  params: PoolParams,
  answers: { 204: { description: 'It is gone' } },
  errors: ['not-found', 'job-not-ended'],
})

export function addPools(app: FastifyInstance, { jobs }: Api): void {
  app.get('/v1/pools', listing, async () => ({ pools: await jobs.pools() }))
  app.get<Named>('/v1/pools/:pool', reading, (request) => jobs.pool(request.params.pool))
  app.post('/v1/pools', making, async (request, reply) => {
    // making a pool twice is making it once; the key is only checked
    idempotencyOf(request)
    const { name, processes = null } = newPool.check(parseSpan(scanJson(jsonBytes(request))))
    const pool = await jobs.putPool(name, processes)
    return reply.code(201).header('location', `/v1/pools/${name}`).send(pool)
  })
  app.patch<Named>('/v1/pools/:pool', changing, async (request) => {
    const { processes } = poolFields.check(parseSpan(scanJson(jsonBytes(request))))
    const { name } = await jobs.pool(request.params.pool)
    return jobs.putPool(name, processes)
  })
  app.delete<Named>('/v1/pools/:pool', removing, async (request, reply) => {
    refuseFields(request)
    await jobs.deletePool(request.params.pool)
    return reply.code(204).send()
  })
}
