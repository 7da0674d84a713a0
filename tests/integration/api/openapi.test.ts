import { type ErrorCode, errorTable } from '@manyhands/contracts'
import { objectTypes } from '@manyhands/objects'
import { testRedis } from '@manyhands/testing'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiServer } from './server.ts'

interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters?: { name: string; in: string; description: string; schema: object }[]
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object; example?: unknown }> }>
}
interface Document {
  openapi: string
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

const api = apiServer(testRedis(), { worker: false })
let document: Document
let operations: { name: string; path: string; operation: Operation }[]
beforeAll(async () => {
  document = (await (await api.get('/openapi.json')).json()) as Document
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
  )
})

/** design.md, HTTP, as far as this version goes. */
const routes = [
  'POST /v1/pools/{pool}/apply',
  'POST /v1/pools/{pool}/map',
  'POST /v1/pools/{pool}/starmap',
  'GET /v1/pools',
  'POST /v1/pools',
  'GET /v1/pools/{pool}',
  'PATCH /v1/pools/{pool}',
  'DELETE /v1/pools/{pool}',
  'POST /v1/pools/{pool}/close',
  'POST /v1/pools/{pool}/terminate',
  'POST /v1/pools/{pool}/pause',
  'POST /v1/pools/{pool}/resume',
  'POST /v1/processes',
  'GET /v1/processes',
  'GET /v1/processes/{id}',
  'POST /v1/processes/{id}/terminate',
  'POST /v1/processes/{id}/kill',
  'GET /v1/processes/{id}/logs',
  'DELETE /v1/processes/{id}',
  'GET /v1/jobs',
  'GET /v1/jobs/{id}',
  'DELETE /v1/jobs/{id}',
  'POST /v1/jobs/cancel',
  'POST /v1/jobs/retry',
  'POST /v1/jobs/{id}/items',
  'GET /v1/jobs/{id}/events',
  'GET /v1/jobs/{id}/items',
  'GET /v1/jobs/{id}/items/{index}',
  'POST /v1/jobs/{id}/close',
  'POST /v1/jobs/{id}/cancel',
  'POST /v1/jobs/{id}/retry',
  'GET /v1/jobs/{id}/result',
  'GET /v1/jobs/{id}/results',
  'POST /v1/sessions',
  'PUT /v1/sessions/{session}/heartbeat',
  'DELETE /v1/sessions/{session}',
  'POST /v1/schedules',
  'GET /v1/schedules',
  'GET /v1/schedules/{schedule}',
  'POST /v1/schedules/{schedule}/pause',
  'POST /v1/schedules/{schedule}/resume',
  'DELETE /v1/schedules/{schedule}',
  'POST /v1/webhook-endpoints',
  'GET /v1/webhook-endpoints',
  'GET /v1/webhook-endpoints/{endpoint}',
  'POST /v1/webhook-endpoints/{endpoint}/rotate',
  'POST /v1/webhook-endpoints/{endpoint}/disable',
  'POST /v1/webhook-endpoints/{endpoint}/enable',
  'POST /v1/webhook-endpoints/{endpoint}/test',
  'DELETE /v1/webhook-endpoints/{endpoint}',
  'GET /v1/webhook-deliveries',
  'GET /v1/webhook-deliveries/{delivery}',
  'POST /v1/webhook-deliveries/{delivery}/redeliver',
  'GET /v1/managers',
  'PUT /v1/managers/{manager}',
  'GET /v1/managers/{manager}',
  'DELETE /v1/managers/{manager}',
  'PUT /v1/managers/{manager}/{type}/{name}',
  'GET /v1/managers/{manager}/{type}/{name}',
  'GET /v1/managers/{manager}/{type}/{name}/events',
  'DELETE /v1/managers/{manager}/{type}/{name}',
  ...objectTypes.map((type) => `POST /v1/managers/{manager}/${type}/{name}/{method}`),
  'POST /v1/object-calls',
  'GET /v1/functions',
  'POST /v1/functions/{function}/pause',
  'POST /v1/functions/{function}/resume',
  'GET /v1/sessions/{session}/events',
  'GET /v1/workers',
  'GET /healthz',
  'GET /readyz',
]

test('a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator()
  expect(await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)).toEqual({ valid: true })
  expect([validator.version, document.openapi]).toEqual(['3.1', '3.1.0'])
})

test('every route is in it, and none that is not served', async () => {
  expect(operations.map(({ name }) => name).toSorted()).toEqual(routes.toSorted())
  for (const { name, path } of operations) {
    const [method = ''] = name.split(' ')
    const response = await api.call(method, path.replace('{pool}', 'x').replace('{id}', 'default~x'))
    const { code } = response.status === 204 ? {} : ((await response.json().catch(() => ({}))) as { code?: string })
    expect([name, code]).not.toEqual([name, 'route-not-found'])
    expect([name, code]).not.toEqual([name, 'method-not-allowed'])
  }
})

describe('lint', () => {
  test('every operation has a name of its own, a summary, a description and a known tag', () => {
    const tags = document.tags.map(({ name }) => name)
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
    for (const { name, operation } of operations) {
      expect([name, operation.summary.length > 3, operation.description.length > 10]).toEqual([name, true, true])
      expect(tags).toEqual(expect.arrayContaining(operation.tags))
    }
  })

  test('every parameter of a path is declared, and every parameter described', () => {
    for (const { name, path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)
      expect([name, declared]).toEqual([name, inPath])
      for (const parameter of operation.parameters ?? [])
        expect([name, parameter.name, parameter.description]).toEqual([name, parameter.name, expect.any(String)])
    }
  })

  test('every operation says how it succeeds and how it fails', () => {
    for (const { name, operation } of operations) {
      const statuses = Object.keys(operation.responses)
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true])
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['400', '431', '500', '503'])])
    }
  })

  test('failures are problems that name codes of the error table', () => {
    const failures = operations.flatMap(({ name, operation }) =>
      Object.entries(operation.responses).map(([status, answer]) => ({ name, status, ...answer })),
    )
    for (const { name, status, description, content } of failures.filter((one) => one.status >= '400')) {
      expect([name, status, Object.keys(content ?? {})]).toEqual([name, status, ['application/problem+json']])
      const codes = [...description.matchAll(/`([a-z0-9-]+)`:/g)].map(([, code]) => code as ErrorCode)
      expect(codes.length).toBeGreaterThan(0)
      for (const code of codes) expect([name, code, String(errorTable[code].status)]).toEqual([name, code, status])
    }
  })

  test('every schema compiles, every component is used, every example fits its schema', () => {
    const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } })
    ajv.addSchema(document, 'api')
    for (const name of Object.keys(document.components.schemas)) {
      expect(() => ajv.compile({ $ref: `api#/components/schemas/${name}` })).not.toThrow()
      expect([name, JSON.stringify(document).includes(`"#/components/schemas/${name}"`)]).toEqual([name, true])
    }
    for (const { name, operation } of operations) {
      const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((one) => Object.values(one?.content ?? {}))
      for (const { schema, example } of contents.filter((content) => content.example !== undefined)) {
        const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')))
        expect([name, validate(example), validate.errors]).toEqual([name, true, null])
      }
    }
  })
})

describe('pages', () => {
  test('everything they load comes from here', async () => {
    const page = await api.get('/docs/')
    const html = await page.text()
    expect(page.headers.get('content-type')).toContain('text/html')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/https?:/)
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) {
      expect(link).not.toMatch(/^(https?:)?\/\//)
      const file = await fetch(new URL(link, `${api.url}/docs/`))
      expect([link, file.status, (await file.arrayBuffer()).byteLength > 100]).toEqual([link, 200, true])
    }
    const settings = await (await api.get('/docs/static/swagger-initializer.js')).text()
    expect(settings).toContain('"validatorUrl":null')
  })
})
