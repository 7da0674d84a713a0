import { readdirSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { FunctionsError } from './functions-error.ts'

/** A file whose exports are functions. */
export interface ModuleFile {
  path: string
  /** Put before the names of its exports: '' or `file.`. */
  prefix: string
}

const extensions = new Set(['.ts', '.mts', '.js', '.mjs'])

/** The file itself, or those directly in the folder: `index` first, the others by name. Throws FunctionsError when there is none. */
export function moduleFiles(path: string): ModuleFile[] {
  const absolute = resolve(path)
  const stat = statSync(absolute, { throwIfNoEntry: false })
  if (!stat) throw new FunctionsError(`There is no file or folder ${absolute}`)
  if (!stat.isDirectory()) return [{ path: absolute, prefix: '' }]
  const names = readdirSync(absolute).filter(isModule).sort(indexFirst)
  if (names.length === 0) throw new FunctionsError(`The folder ${absolute} holds no .ts, .mts, .js or .mjs file`)
  return names.map((name) => ({ path: join(absolute, name), prefix: isIndex(name) ? '' : `${stem(name)}.` }))
}

function isModule(name: string): boolean {
  return extensions.has(extname(name)) && !/\.(test|d)\.m?[jt]s$/.test(name)
}

const stem = (name: string) => basename(name, extname(name))
const isIndex = (name: string) => stem(name) === 'index'

function indexFirst(a: string, b: string): number {
  return Number(isIndex(b)) - Number(isIndex(a)) || (a < b ? -1 : 1)
}
