import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { mayEnter, roomOfFile, roomOfPackage, soleImporters } from './rooms.ts'

/** A test may import what it tests with: any room, by its index. */
export const isTest = (file: string): boolean => /\.test(-d)?\.ts$|\/fixtures\//.test(file) || !/^(apps|libs|examples)\//.test(file)
/** The rooms that may read the environment: settings by design; tests need PATH and the like. */
const readsEnvironment = (file: string): boolean => isTest(file) || /^libs\/(settings|testing)\//.test(file)

/**
 * What is wrong with a file's imports, one sentence each.
 * @param file path below the repository, with slashes
 */
export function brokenRules(file: string, source: string): string[] {
  const imports = ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName)
  const broken = [...new Set(imports)].flatMap((name) => (name.startsWith('.') ? relativeRules(file, name) : packageRules(file, name)))
  if (!readsEnvironment(file) && /\bprocess\s*(\.\s*env\b|\[\s*['"]env['"])/.test(withoutComments(source))) {
    broken.push(`${file} reads process.env: only libs/settings does; take the setting as an argument`)
  }
  return broken
}

/** A relative import stays in its own room. */
function relativeRules(file: string, name: string): string[] {
  const target = normalize(join(dirname(file), name))
  const from = roomOfFile(file)
  const to = roomOfFile(target)
  if (to === undefined || to === from) return []
  return [`${file} reaches into ${target}: a room is entered by its package name`]
}

function packageRules(file: string, name: string): string[] {
  const to = roomOfPackage(name)
  if (to === undefined) return [...deepRules(file, name), ...soleRules(file, name)]
  return isTest(file) ? [] : arrowRules(file, to)
}

function arrowRules(file: string, to: string): string[] {
  if (file.startsWith('examples/')) return exampleRules(file, to)
  const from = roomOfFile(file)
  if (from === undefined || from === to || mayEnter(from, to)) return []
  return [`${file} imports ${to}: ${from} -> ${to} is no arrow of design.md (tests/architecture/rooms.ts)`]
}

/** An example shows what users write: it has what they have. */
function exampleRules(file: string, to: string): string[] {
  return ['cli', 'client'].includes(to) ? [] : [`${file} imports ${to}: an example has only the packages manyhands and @manyhands/client`]
}

function deepRules(file: string, name: string): string[] {
  return /^(@manyhands\/[^/]+|manyhands)\//.test(name) ? [`${file} imports ${name}: a room is entered only by its index.ts`] : []
}

function soleRules(file: string, name: string): string[] {
  const only = soleImporters[name.split('/')[0] ?? '']
  const from = roomOfFile(file)
  if (only === undefined || from === undefined || from === only) return []
  return [`${file} imports ${name}: only libs/${only} does`]
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
