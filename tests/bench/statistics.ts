/** The middle value; of an even count the mean of the two in the middle. Throws on an empty list. */
export function median(values: number[]): number {
  if (values.length === 0) throw new Error('no values to take a median of')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Nearest-rank percentile: the smallest value that `share` (0..1) of all values do not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new Error('no values to take a percentile of')
  return value
}

export function spread(values: number[]): [low: number, high: number] {
  return [Math.min(...values), Math.max(...values)]
}
