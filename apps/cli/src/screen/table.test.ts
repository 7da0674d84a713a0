import { expect, test } from 'vitest'
import { renderTable } from './table.ts'

test('columns are as wide as their widest text, numbers to the right', () => {
  const table = renderTable(
    [
      { title: 'Era', text: (row: { era: string; words: number }) => row.era },
      { title: 'Words', align: 'right', text: (row) => String(row.words) },
    ],
    [
      { era: 'Founding', words: 7 },
      { era: 'Cold War', words: 254083 },
    ],
  )
  expect(table.split('\n')).toEqual([
    'Era        Words', //
    '────────  ──────',
    'Founding       7',
    'Cold War  254083',
  ])
})

test('a table without rows has its titles', () => {
  expect(renderTable([{ title: 'Era', text: String }], [])).toBe('Era\n───')
})
