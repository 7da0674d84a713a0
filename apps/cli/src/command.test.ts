import { expect, test } from 'vitest'
import { type Command, parseCommand } from './command.ts'

const command: Command = {
  usage: '<function> [items...|-]',
  details: [],
  options: {
    'chunk-size': { type: 'string', help: '' },
    unordered: { type: 'boolean', help: '' },
    import: { type: 'string', multiple: true, help: '' },
  },
  words: [1, 3],
  run: async () => 0,
}
const parse = (...args: string[]) => parseCommand('map', command, args)

test('words and options in any order', async () => {
  expect(await parse('square', '--chunk-size', '2', '1', '--unordered', '2')).toEqual({
    words: ['square', '1', '2'],
    options: { 'chunk-size': '2', unordered: true },
  })
})

test('negative numbers and a lone dash are words', async () => {
  expect((await parse('square', '-5', '-.5')).words).toEqual(['square', '-5', '-.5'])
  expect((await parse('square', '-')).words).toEqual(['square', '-'])
})

test('after -- all are words', async () => {
  expect((await parse('square', '--', '--unordered')).words).toEqual(['square', '--unordered'])
})

test('an option may come several times', async () => {
  expect((await parse('square', '--import', 'tsx', '--import=./x.js')).options).toEqual({ import: ['tsx', './x.js'] })
})

test.each([
  [['square', '--chunksize', '2'], 'manyhands map has no option --chunksize. Did you mean --chunk-size?'],
  [['square', '--wibble'], 'manyhands map has no option --wibble. manyhands map --help lists what there is.'],
  [['square', '--chunk-size'], "Option '--chunk-size <value>' argument missing"],
  [[], 'Usage: manyhands map <function> [items...|-]'],
  [['a', 'b', 'c', 'd'], 'Usage: manyhands map <function> [items...|-]'],
])('%j is refused', async (args, message) => {
  await expect(parse(...args)).rejects.toThrow(expect.objectContaining({ message, exitCode: 2 }))
})

test('help needs no words', async () => {
  expect((await parse('-h')).options).toEqual({ help: true })
})
