import { pathToFileURL } from 'node:url'
import { functionNamePattern } from '@manyhands/contracts/ids'
import type { Definition } from './define-function.ts'
import { definitionOf } from './define-function.ts'
import { FunctionsError } from './functions-error.ts'
import { explain } from './load-failure.ts'
import type { ModuleFile } from './module-files.ts'
import { moduleFiles } from './module-files.ts'

/** All functions by name. A Map: `__proto__` or `constructor` are just names that are not in it. */
export interface Registry {
  functions: Map<string, Definition>
  /** Exports that are left out, for people: `VERSION`, or a name with the reason. */
  skipped: string[]
}

type Callable = (...args: never[]) => unknown

const goodName = new RegExp(functionNamePattern)

/**
 * Imports the functions of a module file, or of every module directly in a folder: `index` gives bare names, other files `file.name`.
 * Throws FunctionsError.
 */
export async function loadFunctions(path: string): Promise<Registry> {
  const registry: Registry = { functions: new Map(), skipped: [] }
  const origins = new Map<string, string>()
  for (const file of moduleFiles(path)) {
    for (const [name, value] of Object.entries(await importModule(file))) add(registry, origins, file, name, value)
  }
  if (registry.functions.size === 0) throw new FunctionsError(`${path} exports no function${found(registry)}`)
  return registry
}

async function importModule(file: ModuleFile): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file.path).href)
  } catch (error) {
    throw new FunctionsError(explain(error, file.path), { cause: error })
  }
}

function add(registry: Registry, origins: Map<string, string>, file: ModuleFile, exported: string, value: unknown): void {
  const name = file.prefix + exported
  if (!isFunction(value)) return void registry.skipped.push(name)
  if (!goodName.test(name)) return void registry.skipped.push(`${name} (a name holds letters, digits, _ and $)`)
  const other = origins.get(name)
  if (other) throw new FunctionsError(`Two functions have the name ${name}: one in ${other}, one in ${file.path}`)
  origins.set(name, file.path)
  registry.functions.set(name, definitionOf(value))
}

/** A class is no function: it cannot be called. */
function isFunction(value: unknown): value is Callable {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value))
}

function found({ skipped }: Registry): string {
  return skipped.length > 0 ? `; it exports only ${skipped.join(', ')}` : ''
}
