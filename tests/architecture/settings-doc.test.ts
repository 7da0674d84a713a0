import { settingTable } from '@manyhands/settings'
import { expect, test } from 'vitest'
import { expectTable } from './doc-table.ts'

test('the settings table of the README is that of libs/settings (UPDATE_DOCS=1 writes it)', () => {
  const rows = settingTable.map(({ name, default: shown, meaning }) => [`\`${name}\``, shown, meaning])
  expect(rows.length).toBeGreaterThan(10)
  expectTable('README.md', 'settings', ['setting', 'default', 'meaning'], rows)
})
