import { expect, test } from 'vitest'
import { countWords, diversityOf, phrasesOf } from '../../../examples/sotu/vocabulary.ts'

test('a text that repeats itself is less diverse than one that does not', () => {
  const varied = Array.from({ length: 200 }, (_, i) => `word${i}`)
  const repeated = Array.from({ length: 200 }, (_, i) => `word${i % 5}`)
  expect(diversityOf(repeated)).toBeLessThan(20)
  expect(diversityOf(varied)).toBe(200)
})

test('phrases are pairs that stand together more often than chance has it', () => {
  const sentences = Array.from({ length: 10 }, (_, i) => ['panama', 'canal', `filler${i}`, 'the', 'of'])
  expect(phrasesOf(sentences, countWords(sentences), 5)).toEqual(['panama canal'])
})
