import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readText, root } from './sources.ts'

/**
 * Expects that a page holds exactly this table between `<!-- name -->` and `<!-- /name -->`. With UPDATE_DOCS=1 it is written there.
 */
export function expectTable(page: string, name: string, head: string[], rows: string[][]): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const text = readText(page)
  expect(text.split(begin), `${page} has one ${begin}`).toHaveLength(2)
  expect(text.split(end), `${page} has one ${end}`).toHaveLength(2)
  const table = [head, head.map(() => '---'), ...rows].map(line).join('\n')
  const expected = `${text.split(begin)[0]}${begin}\n\n${table}\n\n${end}${text.split(end)[1]}`
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(join(root, page), expected)
  else expect(text).toBe(expected)
}

const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
