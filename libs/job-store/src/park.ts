import type { Task } from '@manyhands/planning'
import { asArray, asNumber, asTasks, type StoreContext } from './context.ts'

type TaskName = Pick<Task, 'tenant' | 'pool' | 'id'>

/** The task's function waits for nested work: its credit goes to others. From now on it is kept by `keepTasks`, not by the queue. */
export async function parkTask(context: StoreContext, { tenant, pool, id }: TaskName): Promise<Task[]> {
  return asTasks(await context.scripts.park(tenant, pool, id))
}

/** Whether the task may go on. If not, control tells `resume` when it may; to ask again is harmless. */
export async function resumeTask(context: StoreContext, { tenant, pool, id }: TaskName): Promise<{ goesOn: boolean; tasks: Task[] }> {
  const [goesOn, tasks] = asArray(await context.scripts.resume(tenant, pool, id))
  return { goesOn: asNumber(goesOn) === 1, tasks: asTasks(tasks) }
}

/** Says that the worker of these tasks lives: wanted twice a lease, or they are handed out anew. */
export async function keepTasks(context: StoreContext, tasks: TaskName[]): Promise<void> {
  if (tasks.length > 0) await context.scripts.keep(...tasks.flatMap(({ tenant, pool, id }) => [tenant, pool, id]))
}

/** Items `[from, to)` of a job run again from their beginning: what they have submitted is cancelled. */
export async function orphanItems(context: StoreContext, job: string, from: number, to: number): Promise<void> {
  await context.scripts.orphan(context.tenant, job, from, to - 1)
}
