import { callOptions, callOptionsOf } from '../call-options.ts'
import { callsOf } from '../calls.ts'
import type { Command } from '../command.ts'
import { wordValue } from '../input.ts'
import { Interruption } from '../interruption.ts'
import { explained, lineOf, resultDetail } from '../output.ts'
import { write } from '../standard-streams.ts'

export const apply: Command = {
  usage: '<function> [args...]',
  details: ['An argument is JSON, or a text when it is no JSON. Keyword arguments are one object behind the others.', resultDetail],
  options: callOptions,
  words: [1, Number.POSITIVE_INFINITY],
  async run({ words: [name = '', ...args], options }) {
    using interruption = new Interruption()
    const result = callsOf(options).applyAsync(name, args.map(wordValue), null, callOptionsOf(options))
    const printed = explained(result.get()).then((value) => write(process.stdout, lineOf(value)))
    await Promise.race([printed, interruption.happened])
    // harmless when it has ended
    await result.cancel()
    return interruption.exitCode
  },
}
