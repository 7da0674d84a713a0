import { expect, test } from 'vitest'
import { RouteMap } from './route-map.ts'

test('methods by path', () => {
  const routes = new RouteMap()
  routes.add(['GET'], '/v1/jobs')
  routes.add(['GET', 'HEAD'], '/v1/jobs/:id')
  routes.add(['POST'], '/v1/jobs/:id/items')
  routes.add(['DELETE'], '/v1/jobs/:id')
  routes.add(['GET'], '/docs/*')
  expect(routes.methodsOf('/v1/jobs')).toEqual(['GET'])
  expect(routes.methodsOf('/v1/jobs/a')).toEqual(['DELETE', 'GET', 'HEAD'])
  expect(routes.methodsOf('/v1/jobs/a/items')).toEqual(['POST'])
  expect(routes.methodsOf('/docs/static/x.js')).toEqual(['GET'])
  for (const path of ['/', '', '/v1', '/v1/jobs/', '/v1/jobs/a/b', '/v1/jobs/a/items/x', '/doc']) expect(routes.methodsOf(path)).toEqual([])
})
