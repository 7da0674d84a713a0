import { type AsyncResult, connect, type Job } from '@manyhands/client'
import { renderRate, renderSeconds } from './screen/progress.ts'
import { ProgressLine, type Screen } from './screen/progress-line.ts'
import { type Column, renderTable } from './screen/table.ts'

/** A job to show: what runs, on what, and how its results read. */
export interface Example {
  title: string
  function: string
  items(): unknown[]
  table(results: unknown[]): { columns: Column<unknown>[]; rows: unknown[] }
}

/** Where an example runs and is seen. */
export interface Stage {
  url: string
  processes: number
  screen: Screen
  signal: AbortSignal
}

/** Between two looks at the job. */
const lookSeconds = 0.1
/** Small, so that the bar moves; the server's own choice would be some thirty items for each process. */
const chunkSize = 4

/** Submits the example over HTTP, shows how it goes and what came out. Rejects when an item failed, or `signal` aborts. */
export async function runExample(example: Example, { url, processes, screen, signal }: Stage): Promise<void> {
  const items = example.items()
  screen.write(`\n${example.title}\n`)
  const result = connect({ url, retries: 2 }).mapAsync(example.function, items, { chunkSize, signal })
  try {
    await follow(result, items.length, screen, signal)
    const { columns, rows } = example.table(await result.get())
    screen.write(`\n${renderTable(columns, rows)}\n\n${summary(await result.job(), processes)}\n`)
  } finally {
    // after an abort: the job must not go on at the next start, from the store
    await result.cancel()
  }
}

/** Shows the job's progress until its results are here. */
async function follow(result: AsyncResult<unknown>, total: number, screen: Screen, signal: AbortSignal): Promise<void> {
  const line = new ProgressLine(screen)
  const startedAt = performance.now()
  const look = async () => {
    const { items } = await result.job({ signal })
    line.show({ done: items.done, total, elapsedMs: performance.now() - startedAt })
  }
  while (!result.ready()) {
    await look()
    await result.wait(lookSeconds)
  }
  await look()
  line.end()
}

/** How well the processes were used: the time inside the function over the time they were there. */
function summary({ items, usage }: Job, processes: number): string {
  const efficiency = usage.itemMs / (usage.wallMs * processes)
  const rate = renderRate((items.done / usage.wallMs) * 1000)
  const work = `${renderSeconds(usage.itemMs)} of work in ${renderSeconds(usage.wallMs)}`
  return `${items.done} items, ${items.failed} failed: ${work} on ${processes} processes, ${rate} items/s, efficiency ${efficiency.toFixed(2)}`
}
