/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]]

/** One piece of a word: in single quotes; in double quotes, where \" and \\ are " and \; behind a backslash; or as it stands. */
const piece = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y
const space = /\s*/y

/**
 * A command line as words, split as a shell does and no further: no variables, no patterns, no pipes, since no shell runs it.
 * Throws Error whose message completes "meant is ...".
 */
export function commandLine(text: string): CommandLine {
  const words: string[] = []
  for (let at = skip(space, text, 0); at < text.length; at = skip(space, text, at)) {
    const { word, end } = wordAt(text, at)
    words.push(word)
    at = end
  }
  const [program, ...args] = words
  if (!program) throw new Error('a program and its arguments, such as python3 child.py')
  return [program, ...args]
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  pattern.exec(text)
  return pattern.lastIndex
}

function wordAt(text: string, from: number): { word: string; end: number } {
  let word = ''
  let end = from
  while (end < text.length && !/\s/.test(text.charAt(end))) {
    piece.lastIndex = end
    const found = piece.exec(text)
    if (!found) throw new Error(`a command whose quotes are closed: the one at ${text.slice(end, end + 10)} is open`)
    word += found[1] ?? found[2]?.replace(/\\(["\\])/g, '$1') ?? found[3] ?? found[4]
    end = piece.lastIndex
  }
  return { word, end }
}
