import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

/**
 * A folder's Lua scripts with one line of them changed, in a folder of their own, for the present test. Returns its URL.
 * @param source URL of the folder
 */
export function mutatedScripts(source: URL, file: string, from: string, to: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mh-mutant-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of readdirSync(source).filter((one) => one.endsWith('.lua'))) {
    const text = readFileSync(new URL(name, source), 'utf8')
    if (name === file && !text.includes(from)) throw new Error(`${file} has no line ${from}`)
    writeFileSync(join(folder, name), name === file ? text.replace(from, to) : text)
  }
  return pathToFileURL(`${folder}/`).href
}
