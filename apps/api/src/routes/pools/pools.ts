import { media, type PoolRecord, parseSpan, scanJson } from '@manyhands/contracts'
import type { Jobs } from '@manyhands/jobs'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { jsonBytes, refuseFields, wireOf } from '../../input/json-body.ts'
import { NewPool, PoolFields, ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { idempotencyKey, PoolParams, wait } from '../../openapi/parts.ts'

interface Named {
  Params: { pool: string }
}

type PoolChange = Parameters<Jobs['putPool']>[1]

const WaitQuery = Type.Object(wait, { additionalProperties: false })
const newPool = new Checker(NewPool)
const poolFields = new Checker(PoolFields)
const example = {
  name: 'reports',
  processes: 4,
  initializer: null,
  maxTasksPerChild: null,
  priority: 0,
  rateLimit: null,
  state: 'open',
  paused: false,
  running: 0,
  jobs: 0,
  createdAt: '2026-11-22T20:00:00.000Z',
}
const onePool = (description: string) => ({ description, json: ref('Pool'), example })

const onBothWires = <B>(body: B) => ({ [media.json]: body, [media.tagged]: body })

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
  description: 'What was asked of it, and what runs in it now; with `wait`, as soon as no job of it lives, or the time is over.',
  params: PoolParams,
  query: WaitQuery,
  answers: { 200: onePool('The pool') },
  errors: ['not-found', 'quota-exceeded'],
})
const making = describe({
  tag: 'pools',
  id: 'createPool',
  summary: 'Make a pool',
  description:
    'A pool bounds how many processes its jobs use over the fleet. With an `initializer` or `maxTasksPerChild` it has processes of its own. ' +
    'One that exists is changed. Pools also come into being by their first job.',
  headers: Type.Object(idempotencyKey),
  body: onBothWires({ schema: ref('NewPool'), example: { name: 'reports', processes: 4 } }),
  answers: { 201: { ...onePool('The pool'), headers: { Location: Type.String({ description: '/v1/pools/{pool}' }) } } },
  errors: ['invalid-idempotency-key', 'pool-closed'],
})
const changing = describe({
  tag: 'pools',
  id: 'changePool',
  summary: 'Change a pool',
  description:
    'What is left out stays. A smaller bound holds for what is handed out from now on; another initializer for processes from now on.',
  params: PoolParams,
  body: onBothWires({ schema: ref('PoolFields'), example: { processes: null } }),
  answers: { 200: onePool('The pool') },
  errors: ['not-found', 'pool-closed'],
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

/** What a pool can be told to do, and how. */
const acts = {
  close: {
    summary: 'Take no more jobs',
    description: 'New jobs are refused; those that live run on.',
    run: (jobs, name) => jobs.closePool(name),
  },
  terminate: {
    summary: 'End a pool at once',
    description: 'New jobs are refused, those that live are cancelled, and what runs is killed.',
    run: (jobs, name) => jobs.terminatePool(name),
  },
  pause: {
    summary: 'Hand out nothing more',
    description: 'What runs goes on; jobs are taken, and wait.',
    run: (jobs, name) => jobs.putPool(name, { paused: true }),
  },
  resume: {
    summary: 'Hand out again',
    description: 'The end of a pause.',
    run: (jobs, name) => jobs.putPool(name, { paused: null }),
  },
} satisfies Record<string, { summary: string; description: string; run: (jobs: Jobs, name: string) => Promise<PoolRecord> }>

/** As the store keeps it: arguments are raw JSON text on the wire of the request. */
function changeOf(request: FastifyRequest, { initArgs, rateLimit, ...fields }: Static<typeof PoolFields>): PoolChange {
  const rate = rateLimit === undefined ? {} : { rateMax: rateLimit?.max ?? null, ratePerMs: rateLimit?.perMs ?? null }
  if (initArgs !== undefined) return { ...fields, ...rate, initArgs: JSON.stringify(initArgs), initWire: wireOf(request) }
  return fields.initializer === null ? { ...fields, ...rate, initArgs: null, initWire: null } : { ...fields, ...rate }
}

export function addPools(app: FastifyInstance, { jobs, held }: Api): void {
  app.get('/v1/pools', listing, async () => ({ pools: await jobs.pools() }))
  app.get<Named & { Querystring: Static<typeof WaitQuery> }>('/v1/pools/:pool', reading, (request, reply) => {
    const { pool } = request.params
    const { wait: seconds = 0 } = request.query
    return seconds === 0 ? jobs.pool(pool) : held.run(reply.raw, (signal) => jobs.pool(pool, seconds * 1000, signal))
  })
  app.post('/v1/pools', making, async (request, reply) => {
    // making a pool twice is making it once; the key is only checked
    idempotencyOf(request)
    const { name, ...fields } = newPool.check(parseSpan(scanJson(jsonBytes(request))))
    const pool = await jobs.putPool(name, { processes: null, ...changeOf(request, fields) })
    return reply.code(201).header('location', `/v1/pools/${name}`).send(pool)
  })
  app.patch<Named>('/v1/pools/:pool', changing, async (request) => {
    const fields = poolFields.check(parseSpan(scanJson(jsonBytes(request))))
    const { name } = await jobs.pool(request.params.pool)
    return jobs.putPool(name, changeOf(request, fields))
  })
  app.delete<Named>('/v1/pools/:pool', removing, async (request, reply) => {
    refuseFields(request)
    await jobs.deletePool(request.params.pool)
    return reply.code(204).send()
  })
  for (const [name, act] of Object.entries(acts)) addAct(app, jobs, name, act)
}

function addAct(app: FastifyInstance, jobs: Jobs, name: string, { summary, description, run }: (typeof acts)[keyof typeof acts]): void {
  const operation = describe({
    tag: 'pools',
    id: `${name}Pool`,
    summary,
    description,
    params: PoolParams,
    answers: { 200: onePool('The pool') },
    errors: ['not-found', 'pool-closed'],
  })
  app.post<Named>(`/v1/pools/:pool/${name}`, operation, async (request) => {
    refuseFields(request)
    const pool = await jobs.pool(request.params.pool)
    return run(jobs, pool.name)
  })
}
