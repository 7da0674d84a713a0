import { distance } from 'fastest-levenshtein'

/** The name that was probably meant, or undefined when nothing comes close. */
export function closest(given: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(given.length / 3))
  let best: { name: string; edits: number } | undefined
  for (const name of names) {
    const edits = editsBetween(given.toLowerCase(), name.toLowerCase())
    if (edits <= limit && (!best || edits < best.edits)) best = { name, edits }
  }
  return best?.name
}

/** Two letters that changed places are the commonest slip: one edit, where Levenshtein counts two. */
function editsBetween(a: string, b: string): number {
  const letters = (word: string) => [...word].sort().join('')
  return a !== b && letters(a) === letters(b) ? 1 : distance(a, b)
}
