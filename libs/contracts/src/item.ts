import type { Static } from 'typebox'
import Type from 'typebox'
import { ItemErrorSchema } from './job.ts'

export const itemStates = ['waiting', 'running', 'succeeded', 'failed', 'not-run'] as const
export type ItemState = (typeof itemStates)[number]

/** One item of a job. */
export const Item = Type.Object({
  index: Type.Integer({ minimum: 0 }),
  state: Type.Unsafe<ItemState>(
    Type.Union(
      itemStates.map((state) => Type.Literal(state)),
      { description: 'running: a process has the item, or the chunk in which it stands; not-run: the job ended before it' },
    ),
  ),
  value: Type.Optional(
    Type.Unknown({ description: 'What the function returned; absent where results are not kept, or were read and freed' }),
  ),
  error: Type.Optional(ItemErrorSchema),
  input: Type.Optional(Type.Unknown({ description: 'Of a failed item; one that is no JSON stands as a string' })),
  log: Type.Optional(
    Type.String({ description: 'The end (4 KiB) of what a failed item wrote in its last run, kept for 1,024 items of a job' }),
  ),
  attempts: Type.Integer({ description: 'Runs of the item, the present one counted' }),
  worker: Type.Optional(Type.String()),
  host: Type.Optional(Type.String()),
  build: Type.Optional(Type.String()),
  ms: Type.Optional(Type.Number({ description: 'Time inside the function; of items that were settled together, their mean' })),
  progress: Type.Optional(
    Type.Object(
      { value: Type.Unknown(), at: Type.String({ format: 'date-time' }) },
      { description: 'Of a running item: what it said last' },
    ),
  ),
})
export type Item = Static<typeof Item>
