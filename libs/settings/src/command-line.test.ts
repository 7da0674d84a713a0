import { expect, test } from 'vitest'
import { commandLine } from './command-line.ts'
import { readSettings } from './index.ts'

test.each([
  ['python3 child.py', ['python3', 'child.py']],
  ['  ./a.out  ', ['./a.out']],
  [`'/opt/my tools/python' "two words" three\\ words`, ['/opt/my tools/python', 'two words', 'three words']],
  [`a --name="it's \\"so\\" \\n"'$HOME'`, ['a', `--name=it's "so" \\n$HOME`]],
  [`a '' ""`, ['a', '', '']],
  ['a\tb\nc', ['a', 'b', 'c']],
  ['a | b > $c *', ['a', '|', 'b', '>', '$c', '*']],
])('%s is split into words, and nothing of it is run by a shell', (text, words) => {
  expect(commandLine(text)).toEqual(words)
})

test.each([[`a "b`], [`a 'b`], ['a \\'], [' '], [`''`]])('%j is no command line', (text) => {
  expect(() => commandLine(text)).toThrow(/^a (program|command)/)
})

test('MANYHANDS_EXEC is one', () => {
  expect(readSettings({ MANYHANDS_EXEC: 'python3 "a b.py"' }).exec).toEqual(['python3', 'a b.py'])
  expect(readSettings({}).exec).toBeUndefined()
  expect(() => readSettings({ MANYHANDS_EXEC: 'a "b' })).toThrow('MANYHANDS_EXEC is "a \\"b"; meant is a command whose quotes are closed')
})
