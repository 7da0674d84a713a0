import type { Jobs } from '@manyhands/jobs'
import type { Door, SharedContext } from '@manyhands/shared-state'
import type { Webhooks } from '@manyhands/webhooks'
import { type FastifyInstance, fastify } from 'fastify'
import type { Api, ApiLimits } from './api.ts'
import { Held } from './held.ts'
import { type Log, silentLog } from './log.ts'
import { addBodies } from './plugins/bodies.ts'
import { answerClientError } from './plugins/client-errors.ts'
import { addClosing } from './plugins/closing.ts'
import { addErrors, answerError } from './plugins/errors.ts'
import { addOpenapi } from './plugins/openapi.ts'
import { addValidation } from './plugins/validation.ts'
import { requestId } from './request-id.ts'
import { addFleetRoutes } from './routes/fleet/index.ts'
import { addHealthRoutes } from './routes/health/index.ts'
import { addJobRoutes } from './routes/jobs/index.ts'
import { addObjectRoutes } from './routes/objects/index.ts'
import { addPoolRoutes } from './routes/pools/index.ts'
import { addProcessRoutes } from './routes/processes/index.ts'
import { addScheduleRoutes } from './routes/schedules/index.ts'
import { addSessionRoutes } from './routes/sessions/index.ts'
import { addWebhookRoutes } from './routes/webhooks/index.ts'
import { defaultTimeouts, type Timeouts } from './timeouts.ts'

export interface AppParts {
  jobs: Jobs
  door: Door
  shared: SharedContext
  webhooks: Webhooks
  limits: ApiLimits
  log?: Log
  timeouts?: Partial<Timeouts>
  /** Most requests that are held at once: waits, streams, uploads. */
  held?: number
}

const defaultHeld = 10_000
const headerBytes = 16 << 10
/** A job id (a group, a tilde, an own id) has 129, the name of an object 128. */
const longestParam = 64 + 1 + 64

/** The HTTP API. It does not listen. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { jobs, door, shared, webhooks, limits, log = silentLog } = parts
  const timeouts = { ...defaultTimeouts, ...parts.timeouts }
  const api: Api = { jobs, door, shared, webhooks, limits, log, timeouts, held: new Held(parts.held ?? defaultHeld) }
  const app = create(log, timeouts)
  addClosing(app, api.held)
  addErrors(app, log)
  addValidation(app)
  addBodies(app, { jsonBytes: limits.jsonBodyBytes, jsonMs: timeouts.jsonBody })
  await addOpenapi(app)
  addPoolRoutes(app, api)
  addScheduleRoutes(app, api)
  addSessionRoutes(app, api)
  addProcessRoutes(app, api)
  addJobRoutes(app, api)
  addObjectRoutes(app, api)
  addWebhookRoutes(app, api)
  addFleetRoutes(app, api)
  addHealthRoutes(app, api)
  return app
}

function create(log: Log, timeouts: Timeouts): FastifyInstance {
  return fastify({
    // Node's own timer of a whole request would end a long upload: bodies have timers of their own
    requestTimeout: 0,
    http: {
      maxHeaderSize: headerBytes,
      requestTimeout: 0,
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: Math.min(1000, timeouts.headers / 4),
    },
    routerOptions: { maxParamLength: longestParam },
    genReqId: requestId,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, log),
  })
}
