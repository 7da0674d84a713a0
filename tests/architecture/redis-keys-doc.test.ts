import { readFileSync, writeFileSync } from 'node:fs'
import {
  groupTable,
  idempotencyRow,
  jobTable,
  type KeyRow,
  lockNodeTable,
  managerTable,
  objectTable,
  poolTable,
  sessionTable,
  sharingTable,
  tenantTable,
} from '@manyhands/redis'
import { expect, test } from 'vitest'

const file = new URL('../../docs/redis-keys.md', import.meta.url)
const begin = '<!-- keys -->'
const end = '<!-- /keys -->'

function table(title: string, prefix: string, rows: Record<string, KeyRow>): string {
  const lines = Object.values(rows).map(
    ({ suffix, type, meaning }) => `| \`${prefix}${suffix}\` | ${type} | ${meaning.replaceAll('|', '\\|')} |`,
  )
  return [`### ${title}`, '', '| key | type | what it holds |', '|---|---|---|', ...lines].join('\n')
}

const group = 'mh:{<group>}'
const tables = [
  table('Of a group', group, groupTable),
  table('Of a tenant', `${group}:<tenant>`, {
    ...tenantTable,
    idempotency: { ...idempotencyRow, suffix: `${idempotencyRow.suffix}<key>` },
  }),
  table('Of a pool', `${group}:<tenant>:pool:<name>`, poolTable),
  table('Of a job', `${group}:<tenant>:job:<id>`, jobTable),
  table('Of a session', `${group}:<tenant>:session:<id>`, sessionTable),
  table('Of shared objects', `${group}:<tenant>`, sharingTable),
  table('Of a manager', `${group}:<tenant>:manager:<name>`, managerTable),
  table('On the nodes that vote for locks (`MANYHANDS_LOCK_NODES`)', `${group}:<tenant>`, lockNodeTable),
  table('Of a shared object', `${group}:<tenant>:object:<manager>:<type>:<name>`, objectTable),
].join('\n\n')

test('docs/redis-keys.md lists the keys of libs/redis/src/keys.ts and object-keys.ts (UPDATE_DOCS=1 writes it)', () => {
  const text = readFileSync(file, 'utf8')
  const [before, rest = ''] = text.split(begin)
  const after = rest.split(end)[1] ?? ''
  const expected = `${before}${begin}\n\n${tables}\n\n${end}${after}`
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, expected)
  else expect(text).toBe(expected)
})
