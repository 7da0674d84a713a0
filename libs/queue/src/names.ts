import { processPool } from '@manyhands/contracts'

/** The BullMQ queues of a group. Their prefix is the group's base, so they share the hash tag of all other keys. */
export const queueNames = {
  /** For the slots of the workers. */
  tasks: 'tasks',
  /** For processes of their own, which stand outside the slots: a consumer and its producer both run on one core. */
  processes: 'processes',
} as const
export type QueueName = keyof typeof queueNames

/** Where the tasks of a pool stand. */
export const queueOf = (pool: string): QueueName => (pool === processPool ? 'processes' : 'tasks')

/** Entries kept of BullMQ's event streams, which nothing here reads (bullmq-facts: it cannot be switched off). */
export const eventEntries = 10
