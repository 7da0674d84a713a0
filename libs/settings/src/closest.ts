/** The name that was probably meant: the nearest one within two edits, or undefined. */
export function closestName(given: string, names: readonly string[]): string | undefined {
  const near = names.map((name) => ({ name, edits: editDistance(given, name) })).filter(({ edits }) => edits <= 2)
  return near.sort((a, b) => a.edits - b.edits)[0]?.name
}

/** Levenshtein: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) row = nextRow(row, a[i - 1], b, i)
  return row[b.length] ?? 0
}

function nextRow(above: number[], letter: string | undefined, b: string, first: number): number[] {
  const row = [first]
  for (let j = 1; j <= b.length; j++) {
    const replaced = (above[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)
    row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
  }
  return row
}
