import { expect, test } from 'vitest'
import { filesBelow, readText } from './sources.ts'

const scripts = filesBelow('libs/job-store/src', '.lua').map(readText)
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name)

/** Fields that the shared record of a script has, that scripts set in it, and that scripts write beside it. */
function fieldsOfScripts(): string[] {
  const kept = matches(readText('libs/job-store/src/record.lua'), /^local (?:WORDS|NUMBERS) = \{([^}]*)\}/gm)
  const beside = ['read', 'renew-reader', 'purge', 'followed', 'note-process', 'note-progress', 'signal-process'].map((name) =>
    readText(`libs/job-store/src/${name}.lua`),
  )
  const written = beside.flatMap((text) => matches(text, /redis\.call\('HSET', key, (.*)\)$/gm))
  return [
    ...[...kept, ...written].flatMap((list) => matches(list, /'(\w+)'/g)),
    ...scripts.flatMap((text) => matches(text, /\b(?:set|add)\(record, '(\w+)'/g)),
  ]
}

/** Fields that a submit asks for. */
function fieldsOfSubmits(): string[] {
  const [, body = ''] = /function recordFields.*?return \{(.*?)\n {2}\}/s.exec(readText('libs/jobs/src/submit.ts')) ?? []
  return ['retryOf', ...matches(body, /^ {4}(\w+)[:,]/gm)]
}

test('docs/redis-keys.md names every field of a job record', () => {
  const [, section = ''] = readText('docs/redis-keys.md').split("## What a job's record holds")
  const rows = matches(section.split('\n## ')[0] ?? '', /^\| (`.*?) \|/gm)
  const named = rows.flatMap((row) => matches(row, /`(\w+)`/g))
  expect(named.toSorted()).toEqual([...new Set([...fieldsOfScripts(), ...fieldsOfSubmits()])].toSorted())
})
