import { media, ProblemError } from '@manyhands/contracts'
import { methods, type ObjectRef, type ObjectType, refText } from '@manyhands/objects'
import { dropObject, type ObjectAnswer } from '@manyhands/shared-state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { jsonBytes, refuseFields, wireOf } from '../../input/json-body.ts'
import { describe } from '../../openapi/operation.ts'
import { prepared, problemOf, readBody } from './door.ts'
import { sendAnswer } from './methods.ts'
import { largeBody, ObjectParams, type OfObject } from './parts.ts'
import { creationOfNumbers, speaksNumbers } from './plain-numbers.ts'

const Value = Type.Object({ value: Type.Unknown() })
const making = describe({
  tag: 'objects',
  id: 'makeObject',
  summary: 'Make a shared object',
  description:
    'The body has what it is made with, by name, as its method `create` says; in plain JSON a Value is made with `code` and `value`, an Array with `code` and ' +
    '`values` or `size`. It may be made again and again, with the same.',
  params: ObjectParams,
  body: {
    [media.json]: { schema: Type.Object({}, { additionalProperties: true }), example: { entries: [['alice', 1]] } },
    [media.tagged]: { schema: Type.Object({}, { additionalProperties: true }) },
  },
  answers: { 200: { description: 'Whether it was made now', json: Value, example: { value: true } } },
  errors: ['manager-not-found', 'object-differs', 'type-error', 'value-error'],
})
const looking = describe({
  tag: 'objects',
  id: 'getObject',
  summary: 'Look at a shared object',
  description: 'All of a dict (its entries), a list, a set, a counter, a Value or an Array; of others their size, or how they stand.',
  params: ObjectParams,
  answers: { 200: { description: 'Its value', json: Value, example: { value: [['alice', 1]] } } },
  errors: ['object-not-found'],
})
const ending = describe({
  tag: 'objects',
  id: 'deleteObject',
  summary: 'Delete a shared object',
  description: 'Who uses it, or waits for it, is told `object-not-found`.',
  params: ObjectParams,
  answers: { 204: { description: 'It is gone' } },
  errors: ['object-not-found'],
})

/** /v1/managers/{manager}/{type}/{name} */
export function addObjects(app: FastifyInstance, { door, shared }: Api): void {
  const one = async (object: ObjectRef, method: string, args: unknown[]) => {
    const call = prepared({ object, method, args })
    if ('error' in call) throw problemOf(call.error)
    const [answer] = await door.operate([call], {})
    return answer as ObjectAnswer
  }
  app.put<OfObject>('/v1/managers/:manager/:type/:name', { ...making, config: largeBody }, async (request, reply) => {
    const ref = refOf(request.params)
    return sendAnswer(reply, await one(ref, 'create', creationOf(ref.type, request)))
  })
  app.get<OfObject>('/v1/managers/:manager/:type/:name', looking, async (request, reply) =>
    sendAnswer(reply, await door.whole(refOf(request.params))),
  )
  app.delete<OfObject>('/v1/managers/:manager/:type/:name', ending, async (request, reply) => {
    refuseFields(request)
    const ref = refOf(request.params)
    if (!(await dropObject(shared, ref.manager, ref.type, ref.name)))
      throw new ProblemError('object-not-found', `there is no ${refText(ref)}`)
    return reply.code(204).send()
  })
}

const refOf = ({ manager, type, name }: OfObject['Params']): ObjectRef => ({ manager, type: type as ObjectType, name })

/** Throws unknown-field. */
function creationOf(type: ObjectType, request: FastifyRequest): unknown[] {
  const given = request.body === undefined ? {} : readBody(jsonBytes(request), wireOf(request))
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ProblemError('invalid-parameter', 'the body is no object')
  if (speaksNumbers(type, wireOf(request))) return creationOfNumbers(given as Record<string, unknown>)
  const names = Object.keys(methods[type]['create']?.takes ?? {})
  const strange = Object.keys(given).filter((name) => !names.includes(name))
  const errors = strange.slice(0, 20).map((name) => ({ pointer: `/${name.slice(0, 64)}`, detail: 'is nothing it is made with' }))
  if (errors.length > 0) throw new ProblemError('unknown-field', `meant are ${names.join(', ') || 'no fields'}`, { errors })
  return names.map((name) => (given as Record<string, unknown>)[name])
}
