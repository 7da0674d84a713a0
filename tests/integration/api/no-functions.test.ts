import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { apiServer, problemOf } from './server.ts'

const api = apiServer(testRedis(), { worker: false })

test('before any worker has come, a job is told so', async () => {
  const problem = await problemOf(await api.post('/v1/pools/default/map', { function: 'square', items: [1] }))
  expect([problem.status, problem.code]).toEqual([404, 'function-not-found'])
  expect(problem.detail).toBe('no worker has registered any function yet, so none has square: start a worker, or wait until it is up')
})
