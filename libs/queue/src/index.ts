export * from './delivery-queue.ts'
export type { LastingWorker } from './lasting-worker.ts'
export * from './task-consumer.ts'
export * from './task-queue.ts'
