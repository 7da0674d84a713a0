import { media } from '@manyhands/contracts'
import { JobId } from '@manyhands/contracts/schemas'
import type { ItemEntry } from '@manyhands/jobs'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { inputText } from '../../output/input-text.ts'

const ItemParams = Type.Object(
  {
    id: JobId,
    index: Type.String({
      pattern: '^(0|[1-9][0-9]{0,14})$',
      description: 'A whole number; of a retry: as in the first job',
      examples: ['5'],
    }),
  },
  { additionalProperties: false },
)

const looking = describe({
  tag: 'jobs',
  id: 'getItem',
  summary: 'Look at one item',
  description:
    'Where it stands and what came of it; of a failed one also its input, and the end of what it wrote. Values stand as they were sent: of a job ' +
    'whose input was tagged, with tags.',
  params: ItemParams,
  answers: {
    200: {
      description: 'The item',
      json: ref('Item'),
      example: {
        index: 5,
        state: 'failed',
        error: { name: 'RangeError', code: 'function-error', message: 'too small' },
        input: -1,
        log: 'looking at -1\n',
        attempts: 1,
        worker: 'host-1-4f1c2d3e',
        host: 'host',
        build: '4f1c2d3e',
        ms: 0.2,
      },
    },
  },
  errors: ['not-found', 'results-consumed', 'results-discarded'],
})

export function addItem(app: FastifyInstance, { jobs }: Api): void {
  app.get<{ Params: Static<typeof ItemParams> }>('/v1/jobs/:id/items/:index', looking, async ({ params }, reply) =>
    reply.type(`${media.json}; charset=utf-8`).send(itemText(await jobs.item(params.id, Number(params.index)))),
  )
}

/** Value and input are raw text, which stays as it is. */
function itemText({ index, state, value, input, ...about }: ItemEntry): string {
  const raw = [...(value === undefined ? [] : [`,"value":${value}`]), ...(input === undefined ? [] : [`,"input":${inputText(input)}`])]
  const rest = JSON.stringify(about).slice(1)
  return `{"index":${index},"state":"${state}"${raw.join('')}${rest === '}' ? '' : ','}${rest}\n`
}
