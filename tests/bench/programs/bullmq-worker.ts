/** BullMQ as its experts run it: the function inline in the worker process, concurrency 100, nothing kept. */

import type { Job } from 'bullmq'
import { Worker } from 'bullmq'
import { burn, square } from '../functions.ts'
import { connection } from './bullmq-settings.ts'

type Processor = (data: never) => unknown

const processors: Record<string, Processor> = {
  item: square,
  chunk: (items: number[]) => items.map(square),
  burns: (items: number[]) => items.map(burn),
}

const run = async ({ name, data }: Job) => {
  const processor = processors[name]
  if (!processor) throw new Error(`there is no processor ${name}`)
  return processor(data as never)
}
/** Said by the worker and not by each job: less to store and to send. */
const nothingKept = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } }
const worker = new Worker('bench', run, { connection, concurrency: Number(process.argv[2] ?? 100), ...nothingKept })
worker.on('error', (error) => process.stderr.write(`${error.message}\n`))
await worker.waitUntilReady()
process.stdout.write('ready\n')
process.stdin.resume().once('end', () => process.exit(0))
process.once('SIGTERM', () => process.exit(0))
