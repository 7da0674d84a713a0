import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { RedisConfig } from '@manyhands/redis'
import type { RedisContainer } from './redis-container.ts'

/**
 * Containers are kept by the main process of a test run; test files ask it over a unix socket. Loading testcontainers costs a second,
 * so it happens once a run instead of once a file, and what a killed test file had is removed all the same.
 */
export interface RedisBroker {
  /** Path of the socket, for `askBroker`. */
  socket: string
  /** Removes all containers and the socket. */
  stop(): Promise<void>
}

type Order = { order: 'start'; config: RedisConfig } | { order: 'restart' | 'kill' | 'remove'; url: string }

export async function startBroker(): Promise<RedisBroker> {
  const { removeLeftovers, startRedisContainer } = await import('./redis-container.ts')
  await removeLeftovers()
  const containers = new Map<string, RedisContainer>()
  const server = createServer((message, response) => void serve(message, response, (order) => obey(containers, order, startRedisContainer)))
  const dir = await mkdtemp(join(tmpdir(), 'mh-broker-'))
  const socket = join(dir, 'socket')
  await new Promise<void>((done) => server.listen(socket, done))
  return { socket, stop: () => stopBroker(server, containers, dir) }
}

async function obey(containers: Map<string, RedisContainer>, order: Order, start: (config: RedisConfig) => Promise<RedisContainer>) {
  if (order.order === 'start') {
    const container = await start(order.config)
    containers.set(container.url, container)
    return { url: container.url }
  }
  await containers.get(order.url)?.[order.order]()
  if (order.order === 'remove') containers.delete(order.url)
  return { url: order.url }
}

async function serve(message: IncomingMessage, response: ServerResponse, act: (order: Order) => Promise<{ url: string }>): Promise<void> {
  try {
    response.end(JSON.stringify(await act((await json(message)) as Order)))
  } catch (error) {
    response.end(JSON.stringify({ error: String(error) }))
  }
}

async function stopBroker(server: Server, containers: Map<string, RedisContainer>, dir: string): Promise<void> {
  await Promise.all([...containers.values()].map((container) => container.remove()))
  await new Promise((done) => server.close(done))
  await rm(dir, { recursive: true, force: true })
}

/** Sends an order to the broker of this run. Resolves with the URL of the Redis it was about. */
export function askBroker(socketPath: string, order: Order): Promise<string> {
  return new Promise((done, fail) => {
    const question = request({ socketPath, method: 'POST', agent: false }, async (response) => {
      const answer = (await json(response)) as { url: string; error?: string }
      if (answer.error === undefined) done(answer.url)
      else fail(new Error(answer.error))
    })
    question.once('error', fail)
    question.end(JSON.stringify(order))
  })
}
