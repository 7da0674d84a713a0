import { type ErrorCode, errorTable } from '@manyhands/contracts'
import { expect, test } from 'vitest'
import { expectTable } from './doc-table.ts'

const codes = Object.keys(errorTable) as ErrorCode[]
const yes = (flag: boolean) => (flag ? 'yes' : '')

test('docs/errors.md lists every error of an answer (UPDATE_DOCS=1 writes it)', () => {
  const rows = codes.flatMap((code) => {
    const { status, title, retryable } = errorTable[code]
    return status === null ? [] : [[`\`${code}\``, `${status}`, title, yes(retryable)]]
  })
  expect(rows.length).toBeGreaterThan(20)
  expectTable('docs/errors.md', 'answers', ['code', 'status', 'title', 'worth a retry'], rows)
})

test('docs/errors.md lists every error of a job or an item (UPDATE_DOCS=1 writes it)', () => {
  const rows = codes.filter((code) => errorTable[code].status === null).map((code) => [`\`${code}\``, errorTable[code].title])
  expect(rows.length).toBeGreaterThan(5)
  expectTable('docs/errors.md', 'items', ['code', 'title'], rows)
})
