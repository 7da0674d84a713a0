import { RemoteError, type ResultIterator } from '@manyhands/client'
import { callOptions, callOptionsOf, listOf, wholeNumberOf } from '../call-options.ts'
import { callsOf } from '../calls.ts'
import type { Command, Given } from '../command.ts'
import { lineValues, wordValue } from '../input.ts'
import { Interruption } from '../interruption.ts'
import { errorText, explained, lineOf, resultDetail } from '../output.ts'
import { write } from '../standard-streams.ts'

export const map: Command = {
  usage: '<function> [items...|-]',
  details: [
    'An item is JSON, or a text when it is no JSON. Without items, or with -, one JSON value a line is read from standard input;',
    'results come while it is still being read. A failed item is told on standard error, has no line, and makes the exit code 1.',
    resultDetail,
  ],
  options: {
    args: { type: 'string', value: '<json>', help: 'Arguments after the item, as a JSON array' },
    unordered: { type: 'boolean', help: 'Print each result as soon as it is there' },
    'chunk-size': { type: 'string', value: '<n>', help: 'Items handed to a process at once' },
    ...callOptions,
  },
  words: [1, Number.POSITIVE_INFINITY],
  async run(given) {
    using interruption = new Interruption()
    // left early, it cancels the rest
    await using results = start(given, interruption.signal)
    return await Promise.race([explained(print(results)), interruption.happened.then(() => interruption.exitCode)])
  },
}

function start({ words, options }: Given, signal: AbortSignal): ResultIterator<unknown> {
  const [name = '', ...items] = words
  const calls = callsOf(options)
  const source = items.length === 0 || (items.length === 1 && items[0] === '-') ? lineValues(process.stdin) : items.map(wordValue)
  const mapOptions = { ...callOptionsOf(options), chunkSize: wholeNumberOf(options, 'chunk-size'), args: listOf(options, 'args'), signal }
  return options['unordered'] === true ? calls.imapUnordered(name, source, mapOptions) : calls.imap(name, source, mapOptions)
}

/** Prints values as they come. Returns the exit code. */
async function print(results: ResultIterator<unknown>): Promise<number> {
  for (let failed = 0; ; ) {
    try {
      const next = await results.next()
      if (next.done) return summary(failed)
      if (!(await write(process.stdout, lineOf(next.value)))) return 0
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error
      failed++
      process.stderr.write(`${errorText(error)}\n`)
    }
  }
}

function summary(failed: number): number {
  if (failed === 0) return 0
  process.stderr.write(`${failed} ${failed === 1 ? 'item' : 'items'} failed\n`)
  return 1
}
