/** One BullMQ queue a group. Its prefix is the group's base, so it shares the hash tag of all other keys. */
export const queueName = 'tasks'

/** Entries kept of BullMQ's event stream, which nothing here reads (bullmq-facts: it cannot be switched off). */
export const eventEntries = 10
