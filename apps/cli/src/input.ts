import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { UserError } from './problem.ts'

/** A word of the command line as a value: JSON where it is JSON, else the text itself, so that a name needs no quotes in quotes. */
export function wordValue(word: string): unknown {
  try {
    return JSON.parse(word)
  } catch {
    return word
  }
}

/** The values of a stream that has one JSON value a line. Blank lines are none. Throws UserError at a line that is not JSON. */
export async function* lineValues(stream: Readable): AsyncGenerator<unknown> {
  let number = 0
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (line.trim() !== '') yield parseLine(line, number)
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new UserError(`Line ${number} of the input is not JSON: ${line.slice(0, 60)}`)
  }
}
