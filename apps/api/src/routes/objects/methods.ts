import { randomUUID } from 'node:crypto'
import { limits, media, ProblemError } from '@manyhands/contracts'
import { type Fence, type Method, methodOf, type ObjectType, objectTypes } from '@manyhands/objects'
import type { Caller, ObjectAnswer, PreparedCall } from '@manyhands/shared-state'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { jsonBytes, wireOf } from '../../input/json-body.ts'
import { describe } from '../../openapi/operation.ts'
import { answerText, prepared, problemOf, readBody, sendText } from './door.ts'
import { argumentsSchema, callable, refusals } from './method-schemas.ts'
import { Fenced, largeBody, ObjectName, type OfObject, ownerName } from './parts.ts'
import { codeOf, speaksNumbers, withBytesFor, withNumbersFor } from './plain-numbers.ts'

const Control = Type.Object(
  {
    timeout: Type.Optional(
      Type.Number({
        maximum: limits.waitSeconds,
        description: 'Seconds a method that waits may take; 0 or less = try once; absent = the most there is',
      }),
    ),
    fence: Type.Optional(Fenced),
    caller: Type.Optional(
      Type.Object({ id: ownerName, number: Type.Optional(Type.Integer({ minimum: 1 })) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: true, description: "The method's arguments by name, and beside them:" },
)
const control = new Checker(Control)
type Asked = Static<typeof Control> & Record<string, unknown>

/** One operation a type: a body for each of its methods. */
function operationOf(type: ObjectType): { schema: FastifySchema } {
  const known = callable(type)
  const bodies = Type.Union(known.map(([name, method]) => argumentsSchema(name, method, Control.properties)))
  const names = known.map(([name]) => name)
  return describe({
    tag: 'objects',
    id: `call-${type}`.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    summary: `Call a method of a ${type}`,
    description:
      `Methods: ${names.map((name) => `\`${name}\``).join(', ')}. The body has the arguments by name. A method that waits is answered when it can be; one ` +
      'without `timeout` that could not be in the most time there is answers 202 {"waiting":true}: sent again with the same `caller`, it has its place in ' +
      'the line still. A closed socket gives the place up.',
    params: Type.Object(
      { manager: ObjectName, name: ObjectName, method: Type.String({ enum: names, description: 'What is called' }) },
      { additionalProperties: false },
    ),
    body: { [media.json]: { schema: bodies }, [media.tagged]: { schema: bodies } },
    answers: {
      200: { description: 'What the method gives', json: Type.Object({ value: Type.Unknown() }), example: { value: null } },
      202: { description: 'It waits still', json: Type.Object({ waiting: Type.Boolean() }), example: { waiting: true } },
    },
    errors: ['object-not-found', 'fenced', 'type-error', 'quota-exceeded', ...refusals[type]],
  })
}

/** POST /v1/managers/{manager}/{type}/{name}/{method} */
export function addMethods(app: FastifyInstance, api: Api): void {
  for (const type of objectTypes) {
    const options = { ...operationOf(type), config: largeBody }
    app.post<OfObject>(`/v1/managers/:manager/${type}/:name/:method`, options, (request, reply) => call(api, type, request, reply))
  }
}

async function call(api: Api, type: ObjectType, request: FastifyRequest<OfObject>, reply: FastifyReply): Promise<FastifyReply> {
  const { manager, name, method } = request.params
  const known = methodOf(type, method) as Method
  const asked = readAsked(request)
  const object = { manager, type, name }
  const code = speaksNumbers(type, wireOf(request)) ? await codeOf(api.door, object) : undefined
  const given = code === undefined ? asked : withBytesFor(known, asked, code)
  const ready = prepared({ object, method, args: argumentsOf(known, given), fence: asked.fence as Fence | undefined })
  if ('error' in ready) throw problemOf(ready.error)
  const found = known.waits ? await waitFor(api, reply, ready, asked) : await operate(api, ready, asked)
  const answer = code === undefined ? found : withNumbersFor(known, found, code)
  return answer === 'waits' ? sendText(reply.code(202), '{"waiting":true}') : sendAnswer(reply, answer)
}

export function sendAnswer(reply: FastifyReply, answer: ObjectAnswer): FastifyReply {
  if (answer !== 'waits' && 'error' in answer) throw problemOf(answer.error)
  return sendText(reply, answerText(answer))
}

function readAsked(request: FastifyRequest): Asked {
  if (request.body === undefined || (Buffer.isBuffer(request.body) && request.body.length === 0)) return {}
  return control.check(readBody(jsonBytes(request), wireOf(request))) as Asked
}

/** By name, in the method's order. Throws unknown-field. */
function argumentsOf({ takes }: Method, asked: Record<string, unknown>): unknown[] {
  const strange = Object.keys(asked).filter((name) => !Object.hasOwn(takes, name) && !Object.hasOwn(Control.properties, name))
  if (strange.length > 0) {
    const errors = strange.slice(0, 20).map((name) => ({ pointer: `/${name.slice(0, 64)}`, detail: 'is no argument of this method' }))
    throw new ProblemError('unknown-field', `meant are ${Object.keys(takes).join(', ') || 'no arguments'}`, { errors })
  }
  return Object.keys(takes).map((name) => asked[name])
}

async function operate({ door }: Api, call: PreparedCall, { caller }: Asked): Promise<ObjectAnswer> {
  const [answer] = await door.operate([call], { owner: caller?.id, number: caller?.number })
  return answer as ObjectAnswer
}

/** Nobody is held for one try. */
function waitFor(api: Api, reply: FastifyReply, call: PreparedCall, asked: Asked): Promise<ObjectAnswer> {
  if (asked.timeout !== undefined && asked.timeout <= 0) return operate(api, call, asked)
  const { door, held } = api
  const caller: Caller & { owner: string } = { owner: asked.caller?.id ?? randomUUID(), number: asked.caller?.number }
  const timeoutMs = (asked.timeout ?? limits.waitSeconds) * 1000
  return held.run(reply.raw, (signal) => door.wait(call, caller, { timeoutMs, signal }, asked.timeout === undefined))
}
