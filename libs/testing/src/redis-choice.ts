import { redisImage } from './image.ts'

/** How this run gives tests their Redis, and why. */
export interface RedisChoice {
  kind: 'container' | 'process'
  reason: string
}

/**
 * TEST_REDIS=container|process decides; else containers when a Docker engine answers and has (or can get) the image; else processes.
 * Throws when TEST_REDIS has another value, or asks for containers and there is no engine.
 */
export async function chooseRedis(asked: string | undefined): Promise<RedisChoice> {
  if (asked === 'process') return { kind: 'process', reason: 'TEST_REDIS=process' }
  if (asked !== undefined && asked !== '' && asked !== 'container') {
    throw new Error(`TEST_REDIS is ${asked}; meant is container or process`)
  }
  const trouble = await imageTrouble()
  if (trouble === undefined) return { kind: 'container', reason: asked ? 'TEST_REDIS=container' : 'a Docker engine answers' }
  if (asked) throw new Error(`TEST_REDIS=container, but ${trouble}`)
  return { kind: 'process', reason: trouble }
}

async function imageTrouble(): Promise<string | undefined> {
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers')
  const client = await getContainerRuntimeClient().catch(() => undefined)
  if (!client) return 'no Docker engine answers'
  const image = ImageName.fromString(redisImage)
  if (await client.image.exists(image)) return undefined
  return client.image.pull(image).then(
    () => undefined,
    (error: unknown) =>
      `the image ${redisImage} is not there and cannot be had (${error instanceof Error ? error.message : String(error)})`,
  )
}
