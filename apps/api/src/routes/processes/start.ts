import { media, ProblemError, type NewProcess as ProcessBody, processPool, type Wire } from '@manyhands/contracts'
import { NewProcess } from '@manyhands/contracts/schemas'
import type { StartedProcess, Submission } from '@manyhands/jobs'
import { blockOfLines, readApply } from '@manyhands/planning'
import { keepManagers } from '@manyhands/shared-state'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { jsonBytes, wireOf } from '../../input/json-body.ts'
import { preferredWait } from '../../input/preferences.ts'
import { optionsOf } from '../../input/submission.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { idempotencyKey } from '../../openapi/parts.ts'
import { noteReplay } from '../../output/job-answers.ts'
import { processAnswer, processPath } from './parts.ts'

const checker = new Checker(NewProcess)
const body = { schema: ref('NewProcess'), example: { function: 'greet', args: ['Alice'], name: 'Process-1' } }

const operation = describe({
  tag: 'processes',
  id: 'startProcess',
  summary: 'Start a process',
  description:
    'Calls `f(...args)`, or `f(...args, kwargs)`, in a fresh process of its own, beside the child processes of the workers. It runs once: nothing is tried ' +
    'again. Where no worker has room it waits, and `waitingFor` says so.',
  headers: Type.Object({
    ...idempotencyKey,
    Prefer: Type.Optional(
      Type.String({
        description: '`wait=N`: the answer comes once the process has its pid, or has to wait, or after N (at most 30) seconds',
      }),
    ),
  }),
  body: { [media.json]: body, [media.tagged]: body },
  answers: {
    202: {
      ...processAnswer('The process'),
      headers: {
        Location: Type.String({ description: '/v1/processes/{id}' }),
        'Idempotency-Replayed': Type.String({ description: '`true` if the same Idempotency-Key had made the process before' }),
      },
    },
  },
  errors: [
    'function-not-found',
    'item-too-large',
    'session-not-found',
    'parent-not-found',
    'parent-ended',
    'daemonic-parent',
    'nested-too-deep',
    'job-id-taken',
    'not-found',
    'invalid-idempotency-key',
    'idempotency-key-reused',
    'webhook-url-not-allowed',
    'webhook-secret-missing',
    'quota-exceeded',
    'store-full',
  ],
})

export function addStart(app: FastifyInstance, api: Api): void {
  app.post('/v1/processes', operation, async (request, reply) => {
    const { fields, line } = callOf(request, api)
    const seconds = preferredWait(request) ?? 0
    const start = async (signal?: AbortSignal) => {
      const started = await api.jobs.startProcess(submissionOf(request, fields), blockOfLines([line]), seconds * 1000, signal)
      if (!started.process.daemon) await keepManagers(api.shared, managersIn(line, wireOf(request)), started.process.id)
      return started
    }
    return accepted(reply, seconds === 0 ? await start() : await api.held.run(reply.raw, start))
  })
}

function callOf(request: FastifyRequest, { limits }: Api): { fields: ProcessBody; line: Buffer } {
  const { fields, many, lines } = readApply(jsonBytes(request), limits)
  // judged first: `calls` is a field that a process does not have
  const checked = checker.check(fields)
  if (many) throw new ProblemError('unknown-field', 'a process is one call')
  return { fields: checked, line: lines[0] as Buffer }
}

/** Managers of the shared objects that stand in a text. */
function managersIn(line: Buffer, wire: Wire): string[] {
  if (wire !== 'tagged' || !line.includes('$shared')) return []
  return [...new Set(Array.from(String(line).matchAll(/"\$shared"\s*:\s*"([A-Za-z0-9._-]+)\//g), ([, name]) => name as string))]
}

function submissionOf(request: FastifyRequest, fields: ProcessBody): Submission {
  const { function: name, name: title = name, daemon = false } = fields
  return {
    kind: 'process',
    pool: processPool,
    function: name,
    options: { ...optionsOf(fields), attempts: 1 },
    wire: wireOf(request),
    process: { name: title, daemon },
    idempotency: idempotencyOf(request),
  }
}

function accepted(reply: FastifyReply, { process, replayed }: StartedProcess): FastifyReply {
  noteReplay(reply, replayed)
  return reply.code(202).header('location', processPath(process.id)).send(process)
}
