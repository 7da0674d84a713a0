import type { ObjectType } from '@manyhands/objects'
import { managerKey, sharingKey } from '@manyhands/redis'
import type { SharedContext } from './scripts.ts'

/** A manager as it stands. */
export interface ManagerNature {
  name: string
  /** It ends with this session. */
  session: string | null
  /** When it ends, in milliseconds since 1970. */
  endsAt: number | null
  objects: number
}

export interface ManagerOptions {
  /** It ends with this session. */
  session?: string | undefined
  /** It ends so long after it was made, or made again, in milliseconds. */
  ttlMs?: number | undefined
}

/** Objects that go in one script. */
const dropStep = 200

/** Whether it was made; undefined when there is no such session. */
export async function makeManager(
  { scripts, tenant }: SharedContext,
  name: string,
  { session = '', ttlMs }: ManagerOptions = {},
): Promise<boolean | undefined> {
  const reply = Number(await scripts['make-manager'](tenant, name, session, ttlMs ?? ''))
  return reply < 0 ? undefined : reply === 1
}

/** Undefined when there is none. `default` is there always. */
export async function managerNature({ redis, group, tenant }: SharedContext, name: string): Promise<ManagerNature | undefined> {
  const [record, objects] = await Promise.all([
    redis.hgetall(managerKey(group, tenant, name, 'record')),
    redis.scard(managerKey(group, tenant, name, 'objects')),
  ])
  if (record['createdAt'] === undefined && name !== 'default') return undefined
  const { session = null, endsAt } = record
  return { name, session, endsAt: endsAt === undefined ? null : Number(endsAt), objects }
}

/** Those that were made and live, by name. */
export async function listManagers(context: SharedContext): Promise<ManagerNature[]> {
  const { redis, group, tenant } = context
  const names = await redis.smembers(sharingKey(group, tenant, 'managers'))
  const natures = await Promise.all(['default', ...names.toSorted()].map((name) => managerNature(context, name)))
  return natures.filter((nature) => nature !== undefined)
}

/** A process that may outlive its program is given objects of these: they live until it has ended. */
export async function keepManagers({ scripts, tenant }: SharedContext, names: readonly string[], job: string): Promise<void> {
  if (names.length > 0) await scripts['use-managers'](tenant, job, ...names)
}

/** Ends a manager: every key of it goes. Resolves with how many objects it had. */
export async function dropManager({ scripts, tenant }: SharedContext, name: string): Promise<number> {
  let dropped = 0
  for (;;) {
    const [count = 0, more] = (await scripts.drop(tenant, name, '', dropStep)) as number[]
    dropped += count
    if (more !== 1) return dropped
  }
}

/** Whether the object was there. */
export async function dropObject({ scripts, tenant }: SharedContext, manager: string, type: ObjectType, name: string): Promise<boolean> {
  const [dropped] = (await scripts.drop(tenant, manager, `${type}/${name}`, 1)) as number[]
  return dropped === 1
}
