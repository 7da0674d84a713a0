import { connect } from 'node:net'
import { freePort, type RedisConfig } from '@manyhands/redis'
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import { eventually } from './eventually.ts'
import { redisImage } from './image.ts'

/** The process that started a container: what a crashed run left behind is found by it. */
const ownerLabel = 'dev.manyhands.test-run'
const readyTimeoutMs = 60_000

/** A Redis in a container: the same address and data over restarts. */
export interface RedisContainer {
  url: string
  /** A clean stop when it runs, then a start. */
  restart(): Promise<void>
  /** SIGKILL; `restart` starts it again. */
  kill(): Promise<void>
  /** Stops and removes it. */
  remove(): Promise<void>
}

export async function startRedisContainer(config: RedisConfig): Promise<RedisContainer> {
  const port = await freePort()
  const container = await redisOn(port, config)
    .withLabels({ [ownerLabel]: String(process.pid) })
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/i))
    .withStartupTimeout(readyTimeoutMs)
    .start()
  const engine = await rawContainer(container)
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => {
      await engine.kill({ signal: 'SIGKILL' })
      await engine.wait()
    },
    restart: async () => {
      await engine.restart({ t: 5 })
      await eventually(() => answers(port), { timeoutMs: readyTimeoutMs, describe: `Redis on port ${port} after a restart` })
    },
    remove: async () => {
      await engine.remove({ force: true, v: true })
    },
  }
}

/** On Linux the host's own network: it starts faster, and listens on loopback only (a published port would be open to all). */
function redisOn(port: number, config: RedisConfig): GenericContainer {
  const container = new GenericContainer(redisImage)
  const flags = Object.entries(config).flatMap(([name, value]) => [`--${name}`, value])
  if (process.platform !== 'linux') {
    return container.withExposedPorts({ container: 6379, host: port }).withCommand(['redis-server', ...flags])
  }
  return container.withNetworkMode('host').withCommand(['redis-server', '--bind', '127.0.0.1', '--port', String(port), ...flags])
}

async function rawContainer(container: StartedTestContainer) {
  const client = await getContainerRuntimeClient()
  return client.container.getById(container.getId())
}

/** Whether the server there answers PING with PONG: it listens before its data is read. */
function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (reply) => {
      done(reply.toString('latin1').startsWith('+PONG'))
      socket.destroy()
    })
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}

/** Removes what earlier runs on this machine left behind that were killed: with Ryuk off nobody else does. */
export async function removeLeftovers(): Promise<void> {
  const client = await getContainerRuntimeClient()
  const left = (await client.container.list()).filter(({ Labels }) => ownerLabel in Labels && !isAlive(Number(Labels[ownerLabel])))
  await Promise.all(left.map(({ Id }) => client.container.getById(Id).remove({ force: true, v: true })))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
