import type { Complaint } from '@manyhands/contracts'

/** Least and most of each whole number among the options. (A test holds it equal to the schemas, which this package does not carry.) */
export const ranges: Readonly<Record<string, readonly [least: number, most: number]>> = {
  attempts: [1, 100],
  timeoutMs: [1, 2_592_000_000],
  deadlineMs: [1, 2_592_000_000],
  priority: [-100, 100],
  delayMs: [1, 2_592_000_000],
  resultTtlMs: [1, 2_592_000_000],
  chunkSize: [1, 1_000_000],
}

/** What the API would refuse about options, place by place. */
export function refuseOptions(body: Readonly<Record<string, unknown>>): Complaint[] {
  const given = Object.entries(ranges).filter(([name]) => body[name] !== undefined)
  return [...given.flatMap(([name, range]) => refuseNumber(name, body[name], range)), ...refuseFailures(body['maxFailures'])]
}

function refuseNumber(name: string, value: unknown, [least, most]: readonly [number, number]): Complaint[] {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return []
  return [{ pointer: `/${name}`, detail: `must be a whole number from ${least} to ${most}` }]
}

function refuseFailures(value: unknown): Complaint[] {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 0)) return []
  if (typeof value === 'string' && /^(100|[1-9]?[0-9])%$/.test(value)) return []
  return [{ pointer: '/maxFailures', detail: 'must be a count, or a percentage such as 5%' }]
}
