export * from './task-consumer.ts'
export * from './task-queue.ts'
