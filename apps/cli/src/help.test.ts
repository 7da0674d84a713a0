import { expect, test } from 'vitest'
import type { Command, Entry } from './command.ts'
import { helpOf, helpOfCommand } from './help.ts'

const command: Command = {
  usage: '<function> [items...|-]',
  details: ['An item is JSON.'],
  options: { pool: { type: 'string', value: '<name>', help: 'The pool' }, started: { type: 'boolean', hidden: true, help: '' } },
  words: [1, 2],
  run: async () => 0,
}

const entry: Entry = { name: 'map', summary: 'Call a function for every item', load: async () => command }

test('the list of commands', () => {
  expect(helpOf([entry, { ...entry, name: 'apply' }])).toContain(
    ['  map    Call a function for every item', '  apply  Call a function for every item'].join('\n'),
  )
})

test('the help of one command', () => {
  expect(helpOfCommand(entry, command)).toBe(`Usage: manyhands map <function> [items...|-]

Call a function for every item.
An item is JSON.

  --pool <name>  The pool
  -h, --help     Print this help`)
})
