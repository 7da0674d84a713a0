import { closeRedis, groupKey, type Redis } from '@manyhands/redis'

/**
 * Called when a job may have news: some part of it, how far an item is, its end, or that news may have been missed.
 * `only` is the stored part of a job of one item that succeeded, if it is small.
 */
export type Wake = (news: News, only?: string) => void
type News = 'part' | 'progress' | 'end' | 'missed'

/** Running work of a job must stop; the `number`th signal for a process; a parked task may go on; a round of the reconciler is due sooner; a webhook is to tell something; or some such words may have been missed. */
export type ControlEvent =
  | { type: 'cancel'; tenant: string; job: string }
  | { type: 'signal'; tenant: string; job: string; number: number; signal: string }
  | { type: 'resume'; task: string }
  | { type: 'due'; ms: number }
  | { type: 'outbox' }
  | { type: 'reconnected' }

/**
 * One subscriber connection a process, waiters in memory. A wake-up is a hint, the store is the truth: register, then read, then wait.
 * After a reconnect everybody is woken, since messages in the gap are lost; a slow jittered wake catches what pub/sub lost without one.
 */
export interface Wakeups {
  start(): Promise<void>
  /** Registers a waiter of a job. Returns how to take it back. */
  onJob(tenant: string, job: string, wake: Wake): () => void
  /** Jobs whose running work must stop, and `reconnected` when some may have been missed. */
  onControl(listener: (event: ControlEvent) => void): () => void
  stop(): Promise<void>
}

/** Between two wakes of everybody, in milliseconds; the jitter keeps processes apart. */
const slowWakeMs = 10_000
const slowWakeJitterMs = 5000

/**
 * @param redis a `subscriber` connection of its own
 * @param onError hears a failed resubscription; the connection tries again by itself
 */
export function createWakeups(redis: Redis, group: string, onError: (error: Error) => void, random: () => number = Math.random): Wakeups {
  const jobs = new Map<string, Set<Wake>>()
  const controls = new Set<Parameters<Wakeups['onControl']>[0]>()
  const channels = { wake: groupKey(group, 'wake'), control: groupKey(group, 'control') }
  let timer: NodeJS.Timeout | undefined

  const wakeAll = () => {
    for (const wakes of jobs.values()) for (const wake of [...wakes]) wake('missed')
  }
  const onMessage = (channel: string, message: string) => {
    const [head = '', only] = cutAt(message, '\n')
    const words = head.split(' ')
    if (channel === channels.control) tellControls(controlOf(words))
    // others may listen on this connection too
    else if (channel === channels.wake) wakeJob(`${words[0]} ${words[1]}`, newsOf(words[2]), only)
  }
  const wakeJob = (key: string, news: News, only?: string) => {
    for (const wake of [...(jobs.get(key) ?? [])]) wake(news, only)
  }
  const tellControls = (event: ControlEvent) => {
    for (const listener of controls) listener(event)
  }
  const subscribe = () => redis.subscribe(channels.wake, channels.control)
  // subscribed first, woken then: a message that falls between would be lost
  const onReady = () => {
    subscribe().then(() => {
      wakeAll()
      tellControls({ type: 'reconnected' })
    }, onError)
  }
  const arm = () => {
    timer = setTimeout(
      () => {
        wakeAll()
        arm()
      },
      slowWakeMs + random() * slowWakeJitterMs,
    )
  }

  return {
    async start() {
      redis.on('message', onMessage)
      await subscribe()
      redis.on('ready', onReady)
      arm()
    },
    onJob(tenant, job, wake) {
      const key = `${tenant} ${job}`
      const wakes = jobs.get(key) ?? new Set()
      jobs.set(key, wakes.add(wake))
      return () => {
        wakes.delete(wake)
        if (wakes.size === 0 && jobs.get(key) === wakes) jobs.delete(key)
      }
    },
    onControl(listener) {
      controls.add(listener)
      return () => controls.delete(listener)
    },
    async stop() {
      clearTimeout(timer)
      redis.off('ready', onReady)
      redis.off('message', onMessage)
      await closeRedis(redis)
    },
  }
}

const newsOf = (word: string | undefined): News => (word === 'end' || word === 'progress' ? word : 'part')

function controlOf([type, first = '', second = '', third = '', fourth = '']: string[]): ControlEvent {
  if (type === 'signal') return { type, tenant: first, job: second, number: Number(third), signal: fourth }
  if (type === 'resume') return { type, task: first }
  if (type === 'outbox') return { type }
  return type === 'due' ? { type, ms: Number(first) } : { type: 'cancel', tenant: first, job: second }
}

/** The text before the first mark, and what is behind it; only the text when there is none. */
function cutAt(text: string, mark: string): string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
