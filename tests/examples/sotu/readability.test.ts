import { expect, test } from 'vitest'
import { countSentence, gradeOf, gradeRange, readingEaseOf, sumCounts } from '../../../examples/sotu/readability.ts'

const plain = countSentence('the cat sat on the mat'.split(' '))
const hard = countSentence('constitutional ramifications necessitate comprehensive international deliberation'.split(' '))

test('the counts of a sentence', () => {
  expect(plain).toEqual({ sentences: 1, words: 6, letters: 17, syllables: 6, longWords: 0 })
})

test('Flesch calls the cat on the mat easy: 206.835 - 1.015 x 6 - 84.6 x 1', () => {
  expect(readingEaseOf(plain)).toBeCloseTo(116.145, 3)
})

test('long words need more years of school', () => {
  expect(gradeOf(hard)).toBeGreaterThan(gradeOf(plain) + 10)
})

test('the range holds the grade, and is the same on every run', () => {
  const sentences = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? hard : plain))
  const [low, high] = gradeRange(sentences, 1790)
  const grade = gradeOf(sumCounts(sentences))
  expect(low).toBeLessThan(grade)
  expect(high).toBeGreaterThan(grade)
  expect(gradeRange(sentences, 1790)).toEqual([low, high])
})
