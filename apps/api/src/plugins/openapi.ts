import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { components } from '../openapi/components.ts'
import { tidy } from '../openapi/tidy.ts'

const tags = [
  { name: 'pools', description: 'Submit work, bound how much of it runs at once' },
  { name: 'processes', description: 'Calls that have a process of their own' },
  { name: 'jobs', description: 'What became of it' },
  { name: 'results', description: 'What came out' },
  { name: 'schedules', description: 'Jobs that come again and again' },
  { name: 'sessions', description: 'Leases of clients: what belongs to one ends with it' },
  { name: 'objects', description: 'Shared objects and locks: managers, dicts, lists, queues, counters, locks and their kin' },
  { name: 'webhooks', description: 'Receivers that are told of jobs by signed requests, and what they were told' },
  { name: 'fleet', description: 'Who runs it' },
  { name: 'health', description: 'For whoever watches the service' },
]

/** The pages' files are served from here: nothing is loaded from elsewhere, nothing is sent elsewhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** /openapi.json from the routes' schemas, and pages to read it in. Register before the routes. */
export async function addOpenapi(app: FastifyInstance): Promise<void> {
  for (const [$id, schema] of Object.entries(components)) app.addSchema({ ...schema, $id })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Manyhands',
        version: '1',
        summary: 'Python multiprocessing for a fleet, over HTTP',
        description: 'Submit `map`, `starmap` and `apply` jobs to pools of worker processes, and read their results as they come.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      // everybody is let in until API keys come
      security: [],
      tags,
    },
    transformObject: (document) =>
      'openapiObject' in document ? (tidy(document.openapiObject) as typeof document.openapiObject) : document.swaggerObject,
    refResolver: { buildLocalReference: (schema, _base, _fragment, i) => String(schema.$id ?? `schema-${i}`) },
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: policy,
    theme: { title: 'Manyhands API' },
    // validatorUrl: the pages would else send the document's address to a service on the internet
    uiConfig: { layout: 'BaseLayout', deepLinking: true, docExpansion: 'list', validatorUrl: null },
  })
}
