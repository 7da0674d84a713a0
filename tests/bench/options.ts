import { parseArgs } from 'node:util'

/** How much is measured. */
export interface Sizes {
  /** Rounds of each comparison. */
  runs: number
  mapItems: number
  /** Smaller for those that take a job an item; their rate is compared. */
  jobItems: number
  celeryItems: number
  latencyCalls: number
  latencyWarmUp: number
  throughputSeconds: number
  burnItems: number
  streamItems: number
  idleSeconds: number
  waitingItems: number
  waitingJobs: number
  objectCalls: number
}

const full: Sizes = {
  runs: 5,
  mapItems: 1_000_000,
  jobItems: 20_000,
  celeryItems: 100_000,
  latencyCalls: 500,
  latencyWarmUp: 200,
  throughputSeconds: 5,
  burnItems: 400,
  streamItems: 10_000_000,
  idleSeconds: 20,
  waitingItems: 1_000_000,
  waitingJobs: 100_000,
  objectCalls: 40_000,
}

/** Enough to see that everything works; its numbers mean little. */
const quick: Sizes = {
  runs: 1,
  mapItems: 50_000,
  jobItems: 2_000,
  celeryItems: 10_000,
  latencyCalls: 50,
  latencyWarmUp: 20,
  throughputSeconds: 1,
  burnItems: 40,
  streamItems: 200_000,
  idleSeconds: 3,
  waitingItems: 100_000,
  waitingJobs: 5_000,
  objectCalls: 2_000,
}

export interface Options {
  /** Names of benchmarks; empty = all. */
  names: string[]
  sizes: Sizes
  /** Put the table into docs/performance.md. */
  write: boolean
  quick: boolean
}

/** `npm run bench [-- names...] [--quick] [--runs n] [--write]`. Throws on an unknown flag. */
export function parseOptions(argv: string[]): Options {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, runs: { type: 'string' } },
  })
  if (values.quick && values.write) throw new Error('--quick measures too little to be written down')
  const sizes = { ...(values.quick ? quick : full) }
  if (values.runs !== undefined) sizes.runs = count(values.runs)
  return { names: positionals, sizes, write: values.write, quick: values.quick }
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--runs takes a whole number from 1 on, not ${text}`)
  return value
}
