/** How often each word occurs. */
export function countWords(sentences: string[][]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const sentence of sentences) for (const word of sentence) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/**
 * Lexical diversity by MTLD (McCarthy and Jarvis 2010): the mean length of stretches of text that keep a type-token ratio above 0.72.
 * Unlike a plain ratio it does not fall with the length of the text. The mean of a forward and a backward reading.
 */
export function diversityOf(words: string[]): number {
  return (stretchLength(words) + stretchLength(words.toReversed())) / 2
}

const ratioFloor = 0.72

function stretchLength(words: string[]): number {
  const seen = new Set<string>()
  let [stretches, length] = [0, 0]
  for (const word of words) {
    seen.add(word)
    length++
    if (seen.size / length > ratioFloor) continue
    stretches++
    seen.clear()
    length = 0
  }
  const rest = length === 0 ? 0 : (1 - seen.size / length) / (1 - ratioFloor)
  return words.length / Math.max(stretches + rest, 1)
}

/**
 * The pairs of neighbouring words that stand together far more often than chance would put them: the log-likelihood ratio (Dunning 1993).
 * Pairs with a word so common that it says nothing are left out.
 */
export function phrasesOf(sentences: string[][], words: Map<string, number>, count: number): string[] {
  const total = sum(words.values())
  const scored = [...countPairs(sentences)].flatMap(([pair, together]) => {
    const [first = '', second = ''] = pair.split(' ')
    if (together < 3 || common.has(first) || common.has(second)) return []
    return [{ pair, score: logLikelihood(together, words.get(first) ?? 0, words.get(second) ?? 0, total) }]
  })
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ pair }) => pair)
}

function countPairs(sentences: string[][]): Map<string, number> {
  const pairs = new Map<string, number>()
  for (const sentence of sentences) {
    for (let i = 1; i < sentence.length; i++) {
      const pair = `${sentence[i - 1]} ${sentence[i]}`
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
    }
  }
  return pairs
}

function logLikelihood(together: number, first: number, second: number, total: number): number {
  const cells = [together, first - together, second - together, total - first - second + together]
  const expected = [first * second, first * (total - second), (total - first) * second, (total - first) * (total - second)]
  return 2 * sum(cells.map((seen, i) => (seen > 0 ? seen * Math.log((seen * total) / (expected[i] ?? 1)) : 0)))
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

const common = new Set(
  (
    'a about after all also am an and any are as at be because been before being between both but by can could did do does done down each every few for from ' +
    'further great had has have having he her here him his how i if in into is it its itself let may me more most much must my new no nor not now of off on once ' +
    'only or other our out over own said same shall she should so some such than that the their them then there these they this those through to too under until ' +
    'up upon us very was we were what when where which while who whom why will with within without would you your'
  ).split(' '),
)
