import { connect } from '@manyhands/client'
import { callOptions, callOptionsOf, textOf } from '../call-options.ts'
import type { Command } from '../command.ts'
import { wordValue } from '../input.ts'
import { Interruption } from '../interruption.ts'
import { explained, lineOf, write } from '../output.ts'

export const apply: Command = {
  usage: '<function> [args...]',
  details: ['An argument is JSON, or a text when it is no JSON.'],
  options: callOptions,
  words: [1, Number.POSITIVE_INFINITY],
  async run({ words: [name = '', ...args], options }) {
    using interruption = new Interruption()
    const { signal } = interruption
    const calls = connect({ url: textOf(options, 'url'), retries: 3 }).pool({ name: textOf(options, 'pool') })
    const value = await explained(calls.apply(name, args.map(wordValue), null, { ...callOptionsOf(options), signal }))
    await write(process.stdout, lineOf(value))
    return 0
  },
}
