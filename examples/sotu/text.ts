/** A text cut into sentences of words. Words are lower case and begin with a letter: `don't`, `state's`, `well-known` is two. */
export function sentencesOf(text: string): string[][] {
  const sentences: string[][] = []
  for (const sentence of text.replaceAll('’', "'").split(sentenceEnd)) {
    const words = sentence.toLowerCase().match(word)
    if (words) sentences.push(words)
  }
  return sentences
}

// The capital after the mark keeps "Mr. Speaker" apart from an end; single letters before it are initials ("U. S. Grant").
const sentenceEnd = /(?<=[^A-Z.][.!?]["')]*)(?<!\b(?:Mr|Mrs|Dr|Gen|Hon|Messrs|No|St|Col|Capt|Lieut)\.)\s+(?=["'(]*[A-Z0-9])/
const word = /[a-z]+(?:'[a-z]+)*/g

/** Syllables of an English word, counted by its groups of vowels: right to a few percent over a text. */
export function syllablesOf(word: string): number {
  return word.replace(silentEnd, '').match(vowels)?.length ?? 1
}

// ask|ed but want-ed, mak|es but plac-es and ta-bles, mad|e but ta-ble.
const silentEnd = /(?:(?<![td])ed|(?<![aeiouylscgzxh])es|(?<![aeiouyl])e|(?<=[aeiouy]l)es?)$/
const vowels = /[aeiouy]+/g
