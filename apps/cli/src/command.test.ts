import { expect, test } from 'vitest'
import { type Command, parseCommand } from './command.ts'

const command: Command = {
  name: 'map',
  summary: '',
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
const parse = (...args: string[]) => parseCommand(command, args)

test('words and options in any order', () => {
  expect(parse('square', '--chunk-size', '2', '1', '--unordered', '2')).toEqual({
    words: ['square', '1', '2'],
    options: { 'chunk-size': '2', unordered: true },
  })
})

test('negative numbers and a lone dash are words', () => {
  expect(parse('square', '-5', '-.5').words).toEqual(['square', '-5', '-.5'])
  expect(parse('square', '-').words).toEqual(['square', '-'])
})

test('after -- all are words', () => {
  expect(parse('square', '--', '--unordered').words).toEqual(['square', '--unordered'])
})

test('an option may come several times', () => {
  expect(parse('square', '--import', 'tsx', '--import=./x.js').options).toEqual({ import: ['tsx', './x.js'] })
})

test.each([
  [['square', '--chunksize', '2'], 'manyhands map has no option --chunksize. Did you mean --chunk-size?'],
  [['square', '--wibble'], 'manyhands map has no option --wibble. manyhands map --help lists what there is.'],
  [['square', '--chunk-size'], "Option '--chunk-size <value>' argument missing"],
  [[], 'Usage: manyhands map <function> [items...|-]'],
  [['a', 'b', 'c', 'd'], 'Usage: manyhands map <function> [items...|-]'],
])('%j is refused', (args, message) => {
  expect(() => parse(...args)).toThrow(expect.objectContaining({ message, exitCode: 2 }))
})

test('help needs no words', () => {
  expect(parse('-h').options).toEqual({ help: true })
})
