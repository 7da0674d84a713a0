import type { Findings } from './benchmark.ts'
import { median, spread } from './statistics.ts'

/** One number that was measured. */
export interface Row {
  who: string
  /** What was done and in which unit the values are. */
  what: string
  values: number[]
  unit: string
  note?: string
}

/** One line of the list that the issue set; `reached` is null when it could not be judged. */
export interface Goal {
  goal: string
  measured: string
  reached: boolean | null
}

export interface Section extends Findings {
  name: string
  title: string
}

/** `measured` against `limit`, both ways of reading it. */
export function atLeast(goal: string, measured: number | undefined, limit: number, unit = ''): Goal {
  return judge(goal, measured, unit, (value) => value >= limit)
}

export function below(goal: string, measured: number | undefined, limit: number, unit = ''): Goal {
  return judge(goal, measured, unit, (value) => value <= limit)
}

function judge(goal: string, measured: number | undefined, unit: string, reached: (value: number) => boolean): Goal {
  if (measured === undefined || !Number.isFinite(measured)) return { goal, measured: 'not measured', reached: null }
  return { goal, measured: `${format(measured)}${unit}`, reached: reached(measured) }
}

/** The median of `row`, or undefined when it was not measured. */
export function middle(row: Row | undefined): number | undefined {
  return row && row.values.length > 0 ? median(row.values) : undefined
}

/** `a / b` of two medians, or undefined when one is missing. */
export function ratio(a: Row | undefined, b: Row | undefined): number | undefined {
  const [over, under] = [middle(a), middle(b)]
  return over === undefined || under === undefined ? undefined : over / under
}

export function markdown(sections: Section[], machine: string[]): string {
  return [...machine.map((line) => `- ${line}`), '', ...goalTable(sections), '', ...sections.flatMap(sectionTable)].join('\n')
}

function goalTable(sections: Section[]): string[] {
  const lines = sections.flatMap((section) =>
    section.goals.map(
      ({ goal, measured, reached }) => `| ${goal} | ${measured} | ${reached === null ? '?' : reached ? 'yes' : '**no**'} |`,
    ),
  )
  return ['| Goal | Measured | Reached |', '|---|---|---|', ...lines]
}

function sectionTable(section: Section): string[] {
  const rows = section.rows.filter((row) => row.values.length > 0).map(rowLine)
  const absent = section.absent.flatMap((reason) => ['', `Absent: ${reason}`])
  return [`### ${section.title}`, '', '| Who | What | Median | Lowest - highest | |', '|---|---|--:|--:|---|', ...rows, ...absent, '']
}

function rowLine({ who, what, values, unit, note }: Row): string {
  const [low, high] = spread(values)
  const range = values.length > 1 ? `${format(low)} - ${format(high)}` : ''
  return `| ${who} | ${what} | ${format(median(values))} ${unit} | ${range} | ${note ?? ''} |`
}

/** Three significant digits; whole numbers from a hundred on, with thousands apart. */
export function format(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
}
