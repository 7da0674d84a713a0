import { expect, test } from 'vitest'
import type { Command } from './command.ts'
import { helpOf, helpOfCommand } from './help.ts'

const command: Command = {
  name: 'map',
  summary: 'Call a function for every item',
  usage: '<function> [items...|-]',
  details: ['An item is JSON.'],
  options: { pool: { type: 'string', value: '<name>', help: 'The pool' } },
  words: [1, 2],
  run: async () => 0,
}

test('the list of commands', () => {
  expect(helpOf([command, { ...command, name: 'apply' }])).toContain(
    ['  map    Call a function for every item', '  apply  Call a function for every item'].join('\n'),
  )
})

test('the help of one command', () => {
  expect(helpOfCommand(command)).toBe(`Usage: manyhands map <function> [items...|-]

Call a function for every item.
An item is JSON.

  --pool <name>  The pool
  -h, --help     Print this help`)
})
