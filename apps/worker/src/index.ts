export { startWorker, type WorkerOptions, type WorkerService } from './compose.ts'
