import { tenantKey } from '@manyhands/redis'
import { asText, type StoreContext } from './context.ts'

export async function readSchedules({ redis, group, tenant }: StoreContext): Promise<Record<string, string>> {
  return redis.hgetall(tenantKey(group, tenant, 'schedules'))
}

export async function readSchedule({ redis, group, tenant }: StoreContext, id: string): Promise<string | undefined> {
  return (await redis.hget(tenantKey(group, tenant, 'schedules'), id)) ?? undefined
}

/** A schedule's record (JSON text) instead of the one that was read. `next`: when it fires, in milliseconds; absent = never. */
export interface ScheduleChange {
  old?: string | undefined
  now?: string | undefined
  next?: number | undefined
}

/** Writes a schedule, unless somebody else has changed it meanwhile. */
export async function putSchedule(context: StoreContext, id: string, { old = '', now = '', next }: ScheduleChange): Promise<boolean> {
  return asText(await context.scripts['put-schedule'](context.tenant, id, old, now, next ?? '')) === 'ok'
}

/** What follows a job is there, or cannot be. */
export async function followed(context: StoreContext, job: string, then: { job?: string; error?: string }): Promise<void> {
  await context.scripts.followed(context.tenant, job, then.job ?? '', then.error ?? '')
}
