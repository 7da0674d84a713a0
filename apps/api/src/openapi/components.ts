import { errorTable } from '@manyhands/contracts'
import {
  ApplyCall,
  ApplyMany,
  FunctionName,
  FunctionRecord,
  Item,
  ItemErrorSchema,
  Job,
  MapBody,
  NewProcess,
  NewSchedule,
  NewSession,
  NewWebhookEndpoint,
  NewWebhookSecret,
  OpenMapBody,
  PoolName,
  PoolRecord,
  ProcessRecord,
  RateLimit,
  Schedule,
  Session,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointWithSecret,
  WorkerRecord,
} from '@manyhands/contracts/schemas'
import Type, { type TSchema } from 'typebox'

const Value = Type.Unknown({ description: 'A JSON value, as the function returned it' })
const ItemFailure = Type.Object({ index: Type.Integer(), error: Type.Ref('ItemError#') })

/** Problem details (RFC 9457), the body of every error. */
export const Problem = Type.Object({
  type: Type.String({ description: 'https://manyhands.dev/errors/<code>' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What was wrong here, and what is meant' }),
  instance: Type.String({ description: 'Id of the request; the log of the server has it too' }),
  code: Type.String({ enum: Object.entries(errorTable).flatMap(([code, row]) => (row.status === null ? [] : [code])) }),
  errors: Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }), {
    description: 'Places that were refused: JSON pointers into the body, or names of parameters and headers',
  }),
})

export const Result = Type.Object(
  {
    value: Type.Optional(Value),
    values: Type.Optional(Type.Array(Value, { description: 'By index; null where an item has no value' })),
    error: Type.Optional(Type.Ref('ItemError#')),
    errors: Type.Optional(Type.Array(ItemFailure, { description: 'Failed items, and with the code `not-run` those that never ran' })),
    indexes: Type.Optional(Type.Array(Type.Integer(), { description: 'Of a retry: the original index of each value' })),
  },
  { description: 'apply: {"value"} or {"error"}. map, starmap: {"values"}, with "error" and "errors" if anything failed.' },
)

const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description })
const poolFields = {
  processes: orNull(
    Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    'Most processes the pool uses over the fleet, from 1 on; null = no bound of its own',
  ),
  maxTasksPerChild: orNull(Type.Integer({ minimum: 1 }), 'Chunks after which a process of the pool is replaced; null = it lives on'),
  initializer: orNull(FunctionName, 'Function that is called once in each process of the pool, before its first item'),
  priority: Type.Integer({ minimum: -100, maximum: 100, description: 'Of its jobs that have none of their own; a larger one runs first' }),
  rateLimit: orNull(RateLimit, 'null = none'),
  initArgs: Type.Array(Type.Unknown(), { description: 'Its arguments' }),
}

export const PoolFields = Type.Partial(Type.Object(poolFields), { additionalProperties: false, minProperties: 1 })
export const NewPool = Type.Object({ name: PoolName, ...PoolFields.properties }, { additionalProperties: false })

const FailedItem = Type.Object({
  index: Type.Integer(),
  error: Type.Ref('ItemError#'),
  attempts: Type.Integer({ description: 'Runs of the item' }),
  input: Type.Unknown({ description: 'The item; one that is no JSON stands as a string' }),
})

/** Schemas that the document names once. */
export const components: Record<string, TSchema> = {
  Job,
  Problem,
  Result,
  ItemError: ItemErrorSchema,
  ApplyCall,
  ApplyMany,
  MapBody,
  OpenMapBody,
  NewPool,
  NewProcess,
  NewSchedule,
  NewSession,
  NewWebhookEndpoint,
  NewWebhookSecret,
  PoolFields,
  Process: ProcessRecord,
  Schedule,
  Session,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointWithSecret,
  FailedItem,
  Item,
  Function: FunctionRecord,
  Worker: WorkerRecord,
  Pool: PoolRecord,
}

export const ref = (name: keyof typeof components & string): TSchema => Type.Ref(`${name}#`)
