import type { Row } from './report.ts'
import type { Peer, Side } from './side.ts'
import { NotInstalled } from './side.ts'

/** One way of doing the work. */
export interface Way {
  peer: Peer
  what: string
  note?: string
  /** One run: numbers by their unit, for example `{ 'items/s': 1e6 }`. */
  run(side: Side): Promise<Record<string, number>>
}

export interface Comparison {
  rows: Row[]
  /** The row of a way in a unit; undefined when that was not measured, or not to the end. */
  row(way: Way, unit: string): Row | undefined
  absent: string[]
}

interface Lane {
  way: Way
  side: Side
  rows: Map<string, Row>
  failure?: string
}

/** Starts everybody, lets them run A B A B ... (one uncounted round, then `runs`), and stops everybody whatever happens. */
export async function compare(ways: Way[], runs: number): Promise<Comparison> {
  const sides = new Map<Peer, Side>()
  const absent: string[] = []
  try {
    await startSides(ways, sides, absent)
    const lanes = ways.flatMap((way) => laneOf(way, sides.get(way.peer)))
    for (let round = 0; round <= runs; round++) for (const lane of lanes) await runLane(lane, round > 0)
    return comparison(lanes, absent)
  } finally {
    for (const side of sides.values()) await side.stop()
  }
}

async function startSides(ways: Way[], sides: Map<Peer, Side>, absent: string[]): Promise<void> {
  for (const peer of new Set(ways.map((way) => way.peer))) {
    try {
      sides.set(peer, await peer.start())
    } catch (error) {
      absent.push(whyAbsent(peer.name, error))
    }
  }
}

/** A side that cannot take part is named with its reason; the others go on without it. */
export function whyAbsent(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${name}: ${message}\n`)
  return error instanceof NotInstalled ? `${name}: not installed (${message})` : `${name}: ${tellingLine(message)}`
}

/** Of a stack trace the line that names the error; all of it stands on stderr. */
function tellingLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  return lines.find((line) => /^\w*(Error|Exception)\b.*:/.test(line)) ?? lines[0] ?? ''
}

function laneOf(way: Way, side: Side | undefined): Lane[] {
  return side ? [{ way, side, rows: new Map() }] : []
}

/** Who fails once is out. */
async function runLane(lane: Lane, counts: boolean): Promise<void> {
  if (lane.failure !== undefined) return
  try {
    await lane.side.redis?.quiet()
    const numbers = await lane.way.run(lane.side)
    if (counts) for (const [unit, value] of Object.entries(numbers)) rowOf(lane, unit).values.push(value)
  } catch (error) {
    lane.failure = whyAbsent(`${lane.side.name}, ${lane.way.what}`, error)
  }
}

function rowOf({ way, side, rows }: Lane, unit: string): Row {
  const row = rows.get(unit) ?? { who: side.name, what: way.what, unit, values: [], ...(way.note === undefined ? {} : { note: way.note }) }
  rows.set(unit, row)
  return row
}

function comparison(lanes: Lane[], absent: string[]): Comparison {
  const failures = lanes.flatMap((lane) => lane.failure ?? [])
  return {
    rows: lanes.flatMap((lane) => [...lane.rows.values()]),
    row: (way, unit) => lanes.find((lane) => lane.way === way && lane.failure === undefined)?.rows.get(unit),
    absent: [...absent, ...failures],
  }
}
