export type { ItemFailed } from '@manyhands/jobs'
export { startWorker, type WorkerOptions, type WorkerService } from './compose.ts'
