import type { Address, Reading } from '../functions/sotu.ts'
import { allAddresses } from './addresses.ts'
import { type Era, summariseEras } from './eras.ts'

/** What `npm start` runs: a map over real texts, and a table of what came out. */
export const example = {
  title: 'Every State of the Union address since 1790: how hard it reads, how rich its words are, and what marks its era',
  function: 'sotu.read',
  items: (): Address[] => allAddresses(),
  table: (readings: Reading[]) => ({ columns, rows: summariseEras(readings) }),
}

const right = 'right' as const

const columns = [
  { title: 'Era', text: ({ name }: Era) => name },
  { title: 'Years', text: ({ from, to }: Era) => `${from}-${to}` },
  { title: 'Addresses', align: right, text: ({ addresses }: Era) => String(addresses) },
  { title: 'Words', align: right, text: ({ words }: Era) => words.toLocaleString('en') },
  { title: 'School years', align: right, text: ({ grade }: Era) => grade.toFixed(1) },
  { title: 'Diversity', align: right, text: ({ diversity }: Era) => diversity.toFixed(0) },
  { title: 'Words of the era', text: ({ distinctive }: Era) => distinctive.join(', ') },
]
