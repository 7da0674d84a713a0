import type { ItemError } from '@manyhands/contracts'
import { isWorthRetry } from '@manyhands/contracts/call'
import type { Claim, NewPart, SliceSettlement } from '@manyhands/job-store'
import { backoffDelay, type Run } from '@manyhands/planning'
import type { FailedItem, Outcome } from '@manyhands/process-pool'

/** A part grows up to this many bytes before the next one begins. */
const partBytes = 1 << 20
/** Longest error message that makes a class of errors of its own. */
const faultMessage = 200

interface OpenPart {
  from: number
  to: number
  failed: number[]
  lines: Buffer[]
  bytes: number
  itemUs: number
}

/** What of a claim is done and not settled yet. */
export interface Progress {
  add(outcome: Outcome): void
  readonly empty: boolean
  /** Takes everything as one settlement. */
  take(final: boolean): SliceSettlement
}

/** Where items ran: it stands with what came of them. */
export interface Place {
  worker: string
  host: string
  build: string
}

export function createProgress(claim: Claim, place: Place, random: () => number = Math.random): Progress {
  let parts: OpenPart[] = []
  let rest = emptyRest()

  const addPart = (from: number, to: number, lines: Buffer, failed: number[], itemUs: number) => {
    const last = parts.at(-1)
    if (last?.to === from && last.bytes < partBytes) {
      last.failed.push(...failed.map((index) => index - last.from))
      last.lines.push(lines)
      Object.assign(last, { to, bytes: last.bytes + lines.length, itemUs: last.itemUs + itemUs })
    } else {
      parts.push({ from, to, failed: failed.map((index) => index - from), lines: [lines], bytes: lines.length, itemUs })
    }
  }
  const again = (item: FailedItem) => claim.tries + 1 < claim.attempts && isWorthRetry(item.error, claim)

  return {
    add(outcome) {
      rest.itemUs += outcome.itemUs
      rest.cpuUs += outcome.cpuUs
      const retried = outcome.failed.filter(again)
      const failed = retried.length === 0 ? outcome.failed : outcome.failed.filter((item) => !again(item))
      const ms = msOf(outcome)
      for (const item of failed) noteFailure(rest, item, { attempts: claim.tries + 1, ms })
      for (const item of retried) rest.again.push([item.index, item.index + 1])
      for (const piece of piecesWithout(outcome, retried)) {
        const inside = failed.map((item) => item.index).filter((index) => index >= piece.from && index < piece.to)
        addPart(piece.from, piece.to, piece.lines, inside, (outcome.itemUs * (piece.to - piece.from)) / (outcome.to - outcome.from))
      }
    },
    get empty() {
      return parts.length === 0 && rest.again.length === 0
    },
    take(final) {
      const delay = backoffDelay(claim.backoff, claim.tries + 1, random())
      const newParts = parts.map((part) => asPart(part, claim, place))
      const { failed, faults, itemUs, cpuUs } = rest
      const settlement = {
        ...ids(claim),
        final,
        parts: newParts,
        failed,
        faults: [...faults.values()],
        again: rest.again,
        delay,
        itemUs,
        cpuUs,
      }
      parts = []
      rest = emptyRest()
      return settlement
    },
  }
}

interface Rest {
  failed: SliceSettlement['failed']
  faults: Map<string, SliceSettlement['faults'][number]>
  again: Run[]
  itemUs: number
  cpuUs: number
}
const emptyRest = (): Rest => ({ failed: [], faults: new Map(), again: [], itemUs: 0, cpuUs: 0 })

const ids = ({ job, chunk, attempt }: Claim) => ({ job, chunk, attempt })

/** Time of one item, in milliseconds: they are told by the millisecond, so most often it is its own. */
const msOf = ({ from, to, itemUs }: Outcome) => Math.round(itemUs / (to - from)) / 1000

function noteFailure(rest: Rest, { index, error, input, log }: FailedItem, about: { attempts: number; ms: number }): void {
  rest.failed.push({ index, row: JSON.stringify({ index, error, ...about, input: input.toString() }), log })
  const key = faultKey(error)
  const fault = rest.faults.get(key) ?? { key, count: 0, firstIndex: index }
  rest.faults.set(key, { key, count: fault.count + 1, firstIndex: Math.min(fault.firstIndex, index) })
}

const faultKey = ({ name, code, message }: ItemError) => JSON.stringify([name, code, message.slice(0, faultMessage)])

/** The outcome without the lines of items that are tried again, in consecutive pieces. */
function piecesWithout(outcome: Outcome, left: FailedItem[]): { from: number; to: number; lines: Buffer }[] {
  if (left.length === 0) return [outcome]
  const pieces: { from: number; to: number; lines: Buffer }[] = []
  let [index, at] = [outcome.from, 0]
  for (const stop of [...left.map((item) => item.index).sort((a, b) => a - b), outcome.to]) {
    const start = at
    for (let i = index; i < stop; i++) at = outcome.lines.indexOf(10, at) + 1
    if (stop > index) pieces.push({ from: index, to: stop, lines: outcome.lines.subarray(start, at) })
    if (stop < outcome.to) at = outcome.lines.indexOf(10, at) + 1
    index = stop + 1
  }
  return pieces
}

/** As a part is stored: a header line, then one value a line (engine.md: Results). */
function asPart(part: OpenPart, claim: Claim, { worker, host, build }: Place): NewPart {
  const header = JSON.stringify({
    runs: [[part.from, part.to]],
    failed: part.failed,
    bytes: part.bytes,
    build,
    worker,
    host,
    ...(claim.tries > 0 && { attempts: claim.tries + 1 }),
    ms: Math.round(part.itemUs) / 1000,
  })
  const bytes = claim.results === 'discard' ? Buffer.alloc(0) : Buffer.concat([Buffer.from(`${header}\n`), ...part.lines])
  return { from: part.from, to: part.to, failed: part.failed.length, bytes }
}
