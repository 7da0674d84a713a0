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

test('a negative number may be the value of an option', async () => {
  expect((await parse('square', '--chunk-size', '-2', '--import', '-1')).options).toEqual({ 'chunk-size': '-2', import: ['-1'] })
})

test('an unknown option behind the words of a function may be one of its words: it says where both stand', async () => {
  const calling = { ...command, words: [1, Number.POSITIVE_INFINITY] as [number, number] }
  await expect(parseCommand('apply', calling, ['greet', 'Alice', '--greeting', 'Hi'])).rejects.toThrow(
    'manyhands apply has no option --greeting. Options stand before the function, and manyhands apply --help lists them; ' +
      'what the function is to get is JSON, or stands behind --: manyhands apply <function> -- --greeting',
  )
  await expect(parseCommand('apply', calling, ['--greeting', 'greet'])).rejects.toThrow(
    'manyhands apply has no option --greeting. manyhands apply --help lists what there is.',
  )
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
