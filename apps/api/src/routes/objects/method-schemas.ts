import type { ErrorCode } from '@manyhands/contracts/errors'
import { type Kind, type Method, methods, type ObjectType } from '@manyhands/objects'
import Type, { type TSchema } from 'typebox'

const integer = Type.Integer()
const kinds: Record<string, TSchema> = {
  value: Type.Unknown({ description: 'Any value' }),
  values: Type.Array(Type.Unknown()),
  entries: Type.Array(Type.Array(Type.Unknown(), { minItems: 2, maxItems: 2 }), { description: '[key, value] each' }),
  number: Type.Number(),
  integer,
  text: Type.String(),
  flag: Type.Boolean(),
  ms: Type.Integer({ minimum: 1, description: 'Milliseconds' }),
  bytes: Type.Union([Type.Object({ $bytes: Type.String({ description: 'Base64' }) }), Type.Number(), Type.Array(Type.Number())], {
    description: 'Bytes in the tagged media type; in plain JSON a number, or numbers',
  }),
  code: Type.String({ description: 'Type code: b B h H i I l L q Q f d, or * for any value; not needed in plain JSON' }),
  owner: Type.String({ description: 'Your own word for who acquires' }),
  token: Type.String({ description: 'Of a grant' }),
}

const schemaOf = (kind: Kind): TSchema => kinds[kind.replace('?', '')] ?? integer

/** The arguments of a method by name, with what may stand beside them. */
export function argumentsSchema(name: string, { takes, summary }: Method, beside: Record<string, TSchema>): TSchema {
  const args = Object.entries(takes).map(([arg, kind]) => [arg, kind.endsWith('?') ? Type.Optional(schemaOf(kind)) : schemaOf(kind)])
  return Type.Object({ ...Object.fromEntries(args), ...beside }, { title: name, description: summary, additionalProperties: false })
}

/** Methods that are called by POST, by name: all but the one that makes it. */
export const callable = (type: ObjectType): [string, Method][] => Object.entries(methods[type]).filter(([name]) => name !== 'create')

const sequence: ErrorCode[] = ['index-error', 'value-error']
const queue: ErrorCode[] = ['queue-empty', 'queue-full', 'lock-expired', 'invalid-ttl']
const lease: ErrorCode[] = ['not-lock-holder', 'lock-expired', 'invalid-ttl']

/** What the methods of a type refuse, beside what all refuse. */
export const refusals: Record<ObjectType, ErrorCode[]> = {
  array: [...sequence, 'type-differs'],
  barrier: ['broken-barrier'],
  'bounded-semaphore': ['value-error'],
  condition: ['assertion-error'],
  counter: ['overflow-error'],
  dict: ['key-error', 'version-mismatch', 'overflow-error'],
  event: [],
  'joinable-queue': [...queue, 'value-error'],
  list: [...sequence, 'version-mismatch'],
  lock: [...lease, 'value-error'],
  namespace: ['attribute-error', 'version-mismatch', 'overflow-error'],
  pipe: ['os-error', 'eof-error', 'queue-empty'],
  queue,
  rlock: [...lease, 'assertion-error'],
  semaphore: [],
  set: ['key-error'],
  'simple-queue': queue,
  value: ['type-differs', 'index-error'],
}
