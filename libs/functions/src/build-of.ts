import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, extname, relative, resolve } from 'node:path'
import { fileOf } from './import-paths.ts'
import { moduleFiles } from './module-files.ts'

const relativeImport = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * Names the code of the functions: 12 hex digits over their files and all that these import by relative path. The same files give the same
 * name on every machine; packages do not count. Throws FunctionsError when there is no file.
 */
export function buildOf(path: string): string {
  const root = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? resolve(path) : dirname(resolve(path))
  const files = new Map<string, Buffer>()
  for (const file of moduleFiles(path)) collect(file.path, files)
  const hash = createHash('sha256')
  const named = [...files].map(([file, content]) => [relative(root, file), content] as const)
  for (const [name, content] of named.sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${name}\0${content.length}\0`).update(content)
  return hash.digest('hex').slice(0, 12)
}

function collect(file: string, files: Map<string, Buffer>): void {
  if (files.has(file)) return
  const content = readFileSync(file)
  files.set(file, content)
  if (extname(file) === '.json') return
  for (const [, specifier] of content.toString().matchAll(relativeImport)) {
    const imported = specifier && fileOf(resolve(dirname(file), specifier))
    if (imported) collect(imported, files)
  }
}
