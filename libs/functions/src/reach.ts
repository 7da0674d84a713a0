import { readFileSync, realpathSync } from 'node:fs'
import { findPackageJSON, isBuiltin } from 'node:module'
import { dirname, extname, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { candidatesOf } from './import-paths.ts'
import { moduleFiles } from './module-files.ts'

/** What functions are made of, as far as the text of their modules tells. */
export interface Reach {
  /** The modules, what they import by relative path, and what such an import would mean if it were there. */
  files: Set<string>
  /** Whether they import what the text does not tell: by an alias, by a name put together, from a package linked to a folder. */
  open: boolean
}

/**
 * The files that the functions are made of.
 * @param path a module file or a folder of them
 * @param more modules that are loaded beside them
 */
export function reachOf(path: string, more: string[] = []): Reach {
  const reach: Reach = { files: new Set(), open: false }
  for (const file of [...rootsOf(path), ...more]) follow(file, reach)
  return reach
}

/** None while the folder is empty, or away. */
function rootsOf(path: string): string[] {
  try {
    return moduleFiles(path).map((file) => file.path)
  } catch {
    return []
  }
}

const imports = /\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g
/** A name put together, or code that is loaded by its place. */
const untold = /\b(?:import|require)\s*\(\s*(?!['"\s])|\bnew\s+(?:URL|Worker)\s*\(/

function follow(file: string, reach: Reach): void {
  if (reach.files.has(file)) return
  reach.files.add(file)
  const text = extname(file) === '.json' ? '' : textOf(file)
  reach.open ||= untold.test(text)
  for (const [, , specifier = ''] of text.matchAll(imports)) {
    if (/^\.{0,2}\//.test(specifier)) for (const path of candidatesOf(resolve(dirname(file), specifier))) follow(path, reach)
    else reach.open ||= !isPackage(specifier, file)
  }
}

/** Empty for what is no file. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Whether it is built into Node or installed: nothing that is changed by a save. */
function isPackage(specifier: string, file: string): boolean {
  if (specifier.startsWith('#')) return false
  if (isBuiltin(specifier)) return true
  try {
    const manifest = findPackageJSON(specifier, pathToFileURL(file))
    return manifest !== undefined && realpathSync(manifest).includes(`${sep}node_modules${sep}`)
  } catch {
    return false
  }
}
