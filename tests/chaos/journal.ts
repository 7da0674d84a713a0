import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An item began or ended, as the function itself wrote it down. */
export interface Entry {
  event: 'begin' | 'end'
  job: string
  index: number
  attempt: number
  pid: number
  /** Milliseconds since the epoch. */
  at: number
  /** Of an end: milliseconds since the begin. */
  took: number
}

/** What the functions of one test did, and the gates that hold them. */
export interface Journal {
  file: string
  entries(): Entry[]
  begins(job: string, index?: number): Entry[]
  gate(name: string): string
  /** Lets those pass that wait at the gate: all, or those of one process. */
  open(gate: string, pid?: number): void
}

/** Gone with its test. */
export function newJournal(): Journal {
  const folder = mkdtempSync(join(tmpdir(), 'mh-chaos-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'journal')
  const entries = () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map(entryOf) : [])
  return {
    file,
    entries,
    begins: (job, index = 0) => entries().filter((one) => one.event === 'begin' && one.job === job && one.index === index),
    gate: (name) => join(folder, `gate-${name}`),
    open: (gate, pid) => writeFileSync(pid === undefined ? gate : `${gate}.${pid}`, ''),
  }
}

function entryOf(line: string): Entry {
  const [event, job = '', index, attempt, pid, at, took] = line.split(' ')
  return {
    event: event as Entry['event'],
    job,
    index: Number(index),
    attempt: Number(attempt),
    pid: Number(pid),
    at: Number(at),
    took: Number(took),
  }
}
