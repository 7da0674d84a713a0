import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { brief, Collector, sliceOf } from './fixtures/pool.ts'
import { messageTable } from './messages.ts'
import { Nursery } from './parent/nursery.ts'
import { Slot } from './parent/slot.ts'

const page = new URL('../../../docs/child-protocol.md', import.meta.url)
const text = readFileSync(page, 'utf8')

function messageList(): string {
  const rows = Object.entries(messageTable).map(([type, { to, meaning, fields, body }]) => {
    const lines = Object.entries(fields).map(([name, what]) => `| | \`${name}\` | ${what} |`)
    const last = body ? [`| | body | ${body} |`] : []
    return [`| **\`${type}\`** to the ${to} | | ${meaning} |`, ...lines, ...last].join('\n')
  })
  return ['| message | field | meaning |', '|---|---|---|', ...rows].join('\n')
}

test('docs/child-protocol.md lists the messages of messages.ts (UPDATE_DOCS=1 writes it)', () => {
  const expected = text.replace(/<!-- messages -->[\s\S]*<!-- \/messages -->/, `<!-- messages -->\n${messageList()}\n<!-- /messages -->`)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, expected)
  else expect(text).toBe(expected)
})

function hasPython(): boolean {
  try {
    return execFileSync('python3', ['-c', 'import sys; print(sys.version_info >= (3, 8))'], { encoding: 'utf8' }).trim() === 'True'
  } catch {
    return false
  }
}

test.runIf(hasPython())('the Python child of the page is a child', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'process-pool-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'child.py')
  writeFileSync(program, /```python\n([\s\S]*?)```/.exec(text)?.[1] ?? '')
  const limits = { maxResultBytes: 1 << 20, memoryBytes: 1 << 30 }
  const nursery = new Nursery({ command: ['python3', program], start: { functions: '', maxResultBytes: 1 << 20 }, onOutput: undefined })
  onTestFinished(() => nursery.stop())
  const slot = new Slot(nursery, { ...limits, processes: 1, functions: '', worker: 'w', host: 'h', build: '' }, false)
  slot.adopt((await nursery.raise()).child)
  const collector = new Collector(3)
  await slot.run([sliceOf('square', [1, 2, 3]), sliceOf('half', [4, 5, 6]), sliceOf('none', [1])], collector.take)
  expect([0, 1, 2].map((slice) => brief(collector.list(slice)))).toEqual([[1, 4, 9], [4, 'function-error', 6], ['function-not-loaded']])
  expect(collector.list(1)[1]).toMatchObject({ error: { name: 'ZeroDivisionError', at: { worker: 'w', build: 'python', attempt: 1 } } })
})
