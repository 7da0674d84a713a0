import { expect, test } from 'vitest'
import { sentencesOf, syllablesOf } from '../../../examples/sotu/text.ts'

test('a text is cut into sentences of lower-case words', () => {
  expect(sentencesOf('Fellow-citizens! Mr. Grant’s report is here. "It is long," he said. 12.5 percent more.')).toEqual([
    ['fellow', 'citizens'],
    ['mr', "grant's", 'report', 'is', 'here'],
    ['it', 'is', 'long', 'he', 'said'],
    ['percent', 'more'],
  ])
})

test('initials end no sentence', () => {
  expect(sentencesOf('General U. S. Grant spoke.')).toHaveLength(1)
})

test('a text without words has no sentences', () => {
  expect(sentencesOf(' 1, 2. 3! ')).toEqual([])
})

test.each([
  ['the', 1],
  ['made', 1],
  ['table', 2],
  ['tables', 2],
  ['asked', 1],
  ['wanted', 2],
  ['places', 2],
  ['whole', 1],
  ['government', 3],
  ['america', 4],
])('%s has %i syllables', (word, count) => {
  expect(syllablesOf(word)).toBe(count)
})
