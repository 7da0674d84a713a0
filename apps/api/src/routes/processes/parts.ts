import { ref } from '../../openapi/components.ts'

export const processPath = (id: string): string => `/v1/processes/${id}`

export const processExample = {
  id: 'default~hXo8q1kBS5Gq2mYJ0b3k1A',
  name: 'Process-1',
  function: 'greet',
  state: 'running',
  waitingFor: null,
  exitCode: null,
  pid: 12345,
  host: 'worker-1',
  worker: 'worker-1-17-4f1c2d3e',
  daemon: false,
  labels: {},
  createdAt: '2026-11-22T20:00:00.000Z',
  startedAt: '2026-11-22T20:00:00.001Z',
  finishedAt: null,
  error: null,
}

export const processAnswer = (description: string) => ({ description, json: ref('Process'), example: processExample })
