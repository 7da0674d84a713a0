import { media, ProblemError } from '@manyhands/contracts'
import { type Fence, methodOf, type ObjectCall, parseRef } from '@manyhands/objects'
import type { ObjectAnswer, PreparedCall } from '@manyhands/shared-state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { jsonBytes, typeOf, wireOf } from '../../input/json-body.ts'
import { describe } from '../../openapi/operation.ts'
import { answerText, prepared, readBody, sendText } from './door.ts'
import { sendPacked, unpacked, withBytes } from './packed.ts'
import { Fenced, largeBody, ownerName } from './parts.ts'

const Call = Type.Object(
  {
    object: Type.String({ maxLength: 300, description: '<manager>/<type>/<name>', examples: ['default/counter/visits'] }),
    method: Type.String({ maxLength: 64 }),
    args: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 16, description: 'Its arguments, in order' })),
    fence: Type.Optional(Fenced),
    bytes: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: `Of ${media.calls}: how many bytes behind the first line are the argument that takes bytes`,
      }),
    ),
    try: Type.Optional(Type.Boolean({ description: 'Of a method that waits: answered "waits" when it would have to' })),
  },
  { additionalProperties: false },
)
const Calls = Type.Object(
  {
    owner: Type.Optional(ownerName),
    number: Type.Optional(Type.Integer({ minimum: 1, description: 'Of the batch, from 1 on: one that is sent again has the same' })),
    calls: Type.Array(Call, { minItems: 1, maxItems: 1000 }),
  },
  { additionalProperties: false },
)
const body = new Checker(Calls)
const Answers = Type.Object({
  answers: Type.Array(
    Type.Object({
      value: Type.Optional(Type.Unknown()),
      error: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() })),
    }),
  ),
})

const operation = describe({
  tag: 'objects',
  id: 'callObjects',
  summary: 'Call many methods',
  description:
    'Calls on shared objects in order, none of which waits; each is answered for itself. With `owner` and `number` a batch that is sent again is answered ' +
    'from what was kept, and done once. Bytes need no base64 in a body of the third type: a line of JSON, and behind it the bytes of its calls, in order; ' +
    'who accepts that type is answered so, with `bytes` instead of `value`.',
  body: {
    [media.json]: {
      schema: Calls,
      example: {
        calls: [
          { object: 'default/counter/visits', method: 'create' },
          { object: 'default/counter/visits', method: 'add', args: [2] },
        ],
      },
    },
    [media.tagged]: { schema: Calls },
    [media.calls]: { schema: Type.String({ format: 'binary' }) },
  },
  answers: {
    200: {
      description: 'An answer each: {"value"} or {"error"}',
      content: { [media.json]: Answers, [media.tagged]: Answers },
      example: { answers: [{ value: true }, { value: 2 }] },
    },
  },
  errors: [],
})

export function addCalls(app: FastifyInstance, { door }: Api): void {
  app.post('/v1/object-calls', { ...operation, config: largeBody }, async (request, reply) => {
    const { owner, number, calls } = readCalls(request)
    const ready = calls.map((call) => prepared(callOf(call)))
    const good = ready.filter((one): one is PreparedCall => 'args' in one)
    const answers = good.length === 0 ? [] : await door.operate(good, { owner, number })
    let next = 0
    const all = ready.map((one) => ('args' in one ? (answers[next++] as ObjectAnswer) : one))
    if ((request.headers.accept ?? '').includes(media.calls)) return sendPacked(reply, all)
    return sendText(reply, `{"answers":[${all.map(answerText).join(',')}]}`)
  })
}

function readCalls(request: FastifyRequest): Static<typeof Calls> {
  const bytes = jsonBytes(request)
  if (typeOf(request) !== media.calls) return body.check(readBody(bytes, wireOf(request)))
  const { head, tail } = unpacked(bytes)
  const asked = body.check(readBody(head, 'tagged'))
  return { ...asked, calls: withBytes(asked.calls, tail) }
}

function callOf({ object, method, args = [], fence, try: tries }: Static<typeof Call>): ObjectCall {
  const ref = parseRef(object)
  if (!ref) throw new ProblemError('invalid-parameter', `${object} names no object; meant is <manager>/<type>/<name>`)
  return { object: ref, method, args, fence: fence as Fence | undefined, tries: tries === true && methodOf(ref.type, method)?.tries }
}
