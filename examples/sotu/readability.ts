import { syllablesOf } from './text.ts'

/** What the readability formulas are made of, for one sentence or for many. */
export interface Counts {
  sentences: number
  words: number
  letters: number
  syllables: number
  /** Words of three or more syllables. */
  longWords: number
}

export function countSentence(words: string[]): Counts {
  const counts = { sentences: 1, words: words.length, letters: 0, syllables: 0, longWords: 0 }
  for (const word of words) {
    const syllables = syllablesOf(word)
    counts.letters += word.length
    counts.syllables += syllables
    if (syllables >= 3) counts.longWords++
  }
  return counts
}

export function sumCounts(parts: Iterable<Counts>): Counts {
  const sum = { sentences: 0, words: 0, letters: 0, syllables: 0, longWords: 0 }
  for (const part of parts) addCounts(sum, part)
  return sum
}

function addCounts(sum: Counts, part: Counts): void {
  sum.sentences += part.sentences
  sum.words += part.words
  sum.letters += part.letters
  sum.syllables += part.syllables
  sum.longWords += part.longWords
}

/**
 * Years of school that a reader needs: the middle one of five published formulas (Flesch-Kincaid, Gunning fog, SMOG, Coleman-Liau and
 * the automated readability index), since each has its own blind spot.
 */
export function gradeOf({ sentences, words, letters, syllables, longWords }: Counts): number {
  const sentenceLength = words / sentences
  const grades = [
    0.39 * sentenceLength + 11.8 * (syllables / words) - 15.59,
    0.4 * (sentenceLength + (100 * longWords) / words),
    1.043 * Math.sqrt((30 * longWords) / sentences) + 3.1291,
    5.88 * (letters / words) - 29.6 * (sentences / words) - 15.8,
    4.71 * (letters / words) + 0.5 * sentenceLength - 21.43,
  ]
  return grades.sort((a, b) => a - b)[2] ?? 0
}

/** Flesch's reading ease: 100 is plain, 0 is hard. */
export function readingEaseOf({ sentences, words, syllables }: Counts): number {
  return 206.835 - 1.015 * (words / sentences) - 84.6 * (syllables / words)
}

const resamples = 500

/**
 * The range in which the grade lies with 95 % confidence: a bootstrap over the sentences (Efron 1979). The draws come from a seeded
 * generator, so that a text has the same range on every machine and on every run.
 */
export function gradeRange(sentences: Counts[], seed: number): [low: number, high: number] {
  const random = generator(seed)
  const grades = Float64Array.from({ length: resamples }, () => gradeOf(resample(sentences, random))).sort()
  return [grades[Math.floor(0.025 * resamples)] ?? 0, grades[Math.floor(0.975 * resamples)] ?? 0]
}

function resample(sentences: Counts[], random: () => number): Counts {
  const sum = { sentences: 0, words: 0, letters: 0, syllables: 0, longWords: 0 }
  for (let drawn = 0; drawn < sentences.length; drawn++) {
    const sentence = sentences[Math.floor(random() * sentences.length)]
    if (sentence) addCounts(sum, sentence)
  }
  return sum
}

/** mulberry32: uniform numbers in [0, 1), 32 bits of state. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }
}
