import { expect, test } from 'vitest'
import { read } from '../../../examples/functions/sotu.ts'
import { summariseEras } from '../../../examples/sotu/eras.ts'

const address = (year: number, text: string) => read({ year, name: 'Somebody', text })

test('the words of an era are those that other eras do not use', () => {
  const readings = [
    address(1800, 'The militia met the nation. The militia is ready.'),
    address(1950, 'The nation feared the soviet power. The soviet fleet sailed.'),
    address(2000, 'The nation has computers. Tonight the nation has computers.'),
  ]
  const eras = summariseEras(readings)
  expect(eras.map(({ name, distinctive }) => [name, distinctive[0]])).toEqual([
    ['Founding', 'militia'],
    ['Cold War', 'soviet'],
    ['Our time', 'computers'],
  ])
  expect(eras.flatMap(({ distinctive }) => distinctive.slice(0, 2))).not.toContain('nation')
})
