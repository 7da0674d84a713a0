import { media, ProblemError } from '@manyhands/contracts'
import { SessionId } from '@manyhands/contracts/schemas'
import { dropManager, listManagers, type ManagerNature, type ManagerOptions, makeManager, managerNature } from '@manyhands/shared-state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { jsonBytes, refuseFields } from '../../input/json-body.ts'
import { describe } from '../../openapi/operation.ts'
import { readBody } from './door.ts'
import { ManagerParams } from './parts.ts'

const NewManager = Type.Object(
  {
    session: Type.Optional(
      Type.Union([SessionId, Type.Null()], {
        description: 'It ends with this session, or with the last process that was given one of its objects',
      }),
    ),
    ttlMs: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 31_536_000_000 }), Type.Null()], {
        description: 'It ends so long after it was made, or made again, in milliseconds',
      }),
    ),
  },
  { additionalProperties: false },
)
const body = new Checker(NewManager)
const Manager = Type.Object({
  name: Type.String(),
  session: Type.Union([Type.String(), Type.Null()]),
  endsAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  objects: Type.Integer({ description: 'How many it has' }),
})
const example = { name: 'game', session: null, endsAt: null, objects: 2 }
interface OfManager {
  Params: { manager: string }
}

const making = describe({
  tag: 'objects',
  id: 'makeManager',
  summary: 'Make a manager',
  description:
    'A name for shared objects that end together. It may be made again and again; with `ttlMs` its time begins anew. `default` is there always.',
  params: ManagerParams,
  body: { [media.json]: { schema: NewManager, example: {} } },
  answers: {
    200: { description: 'It was there', json: Manager, example },
    201: { description: 'It was made', json: Manager, example },
  },
  errors: ['session-not-found'],
})
const listing = describe({
  tag: 'objects',
  id: 'listManagers',
  summary: 'List managers',
  description: 'Those that were made and live, by name.',
  answers: { 200: { description: 'All managers', json: Type.Object({ managers: Type.Array(Manager) }), example: { managers: [example] } } },
  errors: [],
})
const looking = describe({
  tag: 'objects',
  id: 'getManager',
  summary: 'Look at a manager',
  description: 'How many objects it has, and what it ends with.',
  params: ManagerParams,
  answers: { 200: { description: 'The manager', json: Manager, example } },
  errors: ['manager-not-found'],
})
const ending = describe({
  tag: 'objects',
  id: 'shutdownManager',
  summary: 'Shut a manager down',
  description: 'All its objects go, for everybody: who uses one is told `object-not-found`. `default` is emptied.',
  params: ManagerParams,
  answers: { 204: { description: 'It is gone' } },
  errors: ['manager-not-found'],
})

/** /v1/managers */
export function addManagers(app: FastifyInstance, { shared }: Api): void {
  const natureOf = async (name: string) => {
    const nature = await managerNature(shared, name)
    if (!nature) throw new ProblemError('manager-not-found', `there is no manager ${name}: it was shut down, or never made`)
    return shown(nature)
  }
  app.put<OfManager>('/v1/managers/:manager', making, async (request, reply) => {
    const { manager } = request.params
    const options = optionsOf(request, manager)
    const made = await makeManager(shared, manager, options)
    if (made === undefined) throw new ProblemError('session-not-found', `there is no session ${options.session}`)
    return reply.code(made ? 201 : 200).send(await natureOf(manager))
  })
  app.get('/v1/managers', listing, async () => ({ managers: (await listManagers(shared)).map(shown) }))
  app.get<OfManager>('/v1/managers/:manager', looking, (request) => natureOf(request.params.manager))
  app.delete<OfManager>('/v1/managers/:manager', ending, async (request, reply) => {
    refuseFields(request)
    await natureOf(request.params.manager)
    await dropManager(shared, request.params.manager)
    return reply.code(204).send()
  })
}

function optionsOf(request: FastifyRequest, manager: string): ManagerOptions {
  if (request.body === undefined) return {}
  const { session, ttlMs } = body.check(readBody(jsonBytes(request), 'plain'))
  if (manager === 'default' && (session || ttlMs)) throw new ProblemError('invalid-parameter', 'the manager default does not end')
  return { session: session ?? undefined, ttlMs: ttlMs ?? undefined }
}

const shown = ({ endsAt, ...nature }: ManagerNature) => ({ ...nature, endsAt: endsAt === null ? null : new Date(endsAt).toISOString() })
