import type { Reading } from '../functions/sotu.ts'

/** First years of the eras; an era ends where the next one begins. */
const eras: [from: number, name: string][] = [
  [1790, 'Founding'],
  [1829, 'Expansion'],
  [1861, 'Civil War'],
  [1878, 'Gilded Age'],
  [1901, 'Progressive'],
  [1921, 'Crash and New Deal'],
  [1939, 'World War II'],
  [1947, 'Cold War'],
  [1990, 'Our time'],
]

export interface Era {
  name: string
  from: number
  to: number
  addresses: number
  words: number
  /** Means over the era's addresses. */
  grade: number
  diversity: number
  /** Words that mark the era among all the others, best first. */
  distinctive: string[]
}

/** The readings grouped by era, each with its most distinctive words by tf-idf over all addresses. */
export function summariseEras(readings: Reading[]): Era[] {
  const rarity = rarityIn(readings)
  return eras.flatMap(([from, name], i) => {
    const to = (eras[i + 1]?.[0] ?? Number.POSITIVE_INFINITY) - 1
    const own = readings.filter(({ year }) => year >= from && year <= to)
    return own.length === 0 ? [] : [summarise(name, own, rarity)]
  })
}

function summarise(name: string, own: Reading[], rarity: Map<string, number>): Era {
  const years = own.map(({ year }) => year)
  return {
    name,
    from: Math.min(...years),
    to: Math.max(...years),
    addresses: own.length,
    words: own.reduce((sum, { words }) => sum + words, 0),
    grade: mean(own.map(({ grade }) => grade)),
    diversity: mean(own.map(({ diversity }) => diversity)),
    distinctive: distinctiveWords(own, rarity).slice(0, 6),
  }
}

const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** Inverse document frequency: log of all addresses over those that have the word. */
function rarityIn(readings: Reading[]): Map<string, number> {
  const having = new Map<string, number>()
  for (const { vocabulary } of readings) for (const word of Object.keys(vocabulary)) having.set(word, (having.get(word) ?? 0) + 1)
  return new Map([...having].map(([word, count]) => [word, Math.log(readings.length / count)]))
}

/** tf-idf of the era's words. A word counts only when a quarter of the era's addresses use it: one man's subject marks no era. */
function distinctiveWords(own: Reading[], rarity: Map<string, number>): string[] {
  const words = new Map<string, { frequency: number; addresses: number }>()
  for (const reading of own) for (const [word, count] of Object.entries(reading.vocabulary)) addUse(words, word, count / reading.words)
  return [...words]
    .filter(([word, { addresses }]) => word.length > 3 && !word.includes("'") && addresses >= own.length / 4)
    .map(([word, { frequency }]) => ({ word, score: frequency * (rarity.get(word) ?? 0) }))
    .sort((a, b) => b.score - a.score)
    .map(({ word }) => word)
}

function addUse(words: Map<string, { frequency: number; addresses: number }>, word: string, share: number): void {
  const use = words.get(word) ?? { frequency: 0, addresses: 0 }
  words.set(word, { frequency: use.frequency + share, addresses: use.addresses + 1 })
}
