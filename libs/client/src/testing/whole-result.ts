import type { ItemError } from '@manyhands/contracts'
import type { Outcome } from './item.ts'
import type { Job } from './job.ts'

const notRun: Outcome = {
  line: JSON.stringify({ name: 'ManyhandsError', code: 'not-run', message: 'the job ended before this item did' }),
  failed: true,
}

/** The body of /result, of a job that has ended. */
export function wholeResult(job: Job): string {
  const { kind, state, error } = job.record()
  const why = JSON.stringify(error ?? ({ name: 'Error', code: 'internal', message: `the job ${state}` } satisfies ItemError))
  const outcomes = Array.from({ length: job.total }, (_, index) => job.outcomes.get(index) ?? notRun)
  if (kind === 'apply') return onlyResult(outcomes[0] ?? notRun, state === 'succeeded' ? undefined : why)
  const values = outcomes.map(({ line, failed }) => (failed ? 'null' : line))
  const errors = outcomes.flatMap(({ line, failed }, index) => (failed ? [`{"index":${index},"error":${line}}`] : []))
  const before = state === 'succeeded' ? '{' : `{"error":${why},`
  return `${before}"values":[${values}]${errors.length > 0 ? `,"errors":[${errors}]` : ''}}`
}

function onlyResult({ line, failed }: Outcome, why: string | undefined): string {
  if (why !== undefined) return `{"error":${why}}`
  return failed ? `{"error":${line}}` : `{"value":${line}}`
}
