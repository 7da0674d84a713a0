/** Writes a whole number from 0 on as decimal digits; returns where they end. */
export function writeNumber(target: Buffer, at: number, value: number): number {
  const end = at + digits(value)
  let rest = value
  for (let i = end - 1; i >= at; i--) {
    const shorter = Math.floor(rest / 10)
    target[i] = rest - shorter * 10 + 0x30
    rest = shorter
  }
  return end
}

export function digits(value: number): number {
  let count = 1
  for (let bound = 10; value >= bound; bound *= 10) count++
  return count
}
