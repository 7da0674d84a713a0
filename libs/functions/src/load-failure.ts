import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One sentence for a terminal about a module that cannot be imported: where, what, and the cure if we know it. */
export function explain(error: unknown, file: string): string {
  const { code, message, stack } = read(error)
  const cure = cures.find(({ fits }) => fits.test(`${code} ${message}`))?.say(message, error)
  return `${placeIn(stack) ?? shortPath(file)}: ${cure ?? message}`
}

interface Cure {
  /** Tried on the error's code and message. */
  fits: RegExp
  say: (message: string, error: unknown) => string
}

/** This package. */
const here = import.meta.dirname
const tsx = 'or let a full compiler load it: --import tsx'
const instead: Record<string, string> = {
  enum: "write a const object instead, `const Color = { Red: 'red' } as const`",
  'namespace declaration': 'write a module of its own instead',
  'parameter property': 'declare the field and assign it in the constructor',
  'import equals declaration': 'write `import x from` instead',
}

/** Node runs TypeScript by taking the types away, which cannot do all that a compiler does. */
const cures: Cure[] = [
  {
    fits: /^ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX /,
    say: (message) => {
      const syntax = /^TypeScript (.+) is not supported/.exec(message)?.[1] ?? 'this syntax'
      return `Node cannot run a TypeScript ${syntax}: ${instead[syntax] ?? 'write it in plain JavaScript'}, ${tsx}`
    },
  },
  {
    fits: /does not provide an export named/,
    say: (message) => {
      const [, module, name] = /module '(.+)' does not provide an export named '(.+)'/.exec(message) ?? []
      return `${module} exports no value ${name}: if it is a type, write \`import type { ${name} } from '${module}'\``
    },
  },
  { fits: /^ERR_UNSUPPORTED_DIR_IMPORT /, say: (message) => `${firstLine(message)}: write the file's whole name, such as '/index.ts'` },
  { fits: /^ERR_MODULE_NOT_FOUND Cannot find package/, say: (message) => `${firstLine(message)}: install it` },
  { fits: /^ERR_MODULE_NOT_FOUND /, say: missingModule },
  { fits: /^ERR_UNKNOWN_FILE_EXTENSION /, say: (message) => `${firstLine(message)}: name it .ts, ${tsx}` },
  { fits: /^ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING /, say: (message) => `${firstLine(message)}: build it to JavaScript, ${tsx}` },
  {
    fits: /Unexpected token 'export'|Cannot use import statement outside a module/,
    say: () => 'this is an ES module, but its package.json says otherwise: set "type": "module" there, or name the file .mts or .mjs',
  },
  { fits: /Invalid or unexpected token/, say: (message) => `${message}: if it is a decorator, Node cannot run it; do without, ${tsx}` },
  { fits: /^ERR_INVALID_TYPESCRIPT_SYNTAX /, say: (message) => `syntax error: ${message}` },
]

/** A relative import that names no file: most often its ending is missing, or says .js where the file is .ts. */
function missingModule(message: string, error: unknown): string {
  const url = (error as { url?: unknown }).url
  const path = typeof url === 'string' ? fileURLToPath(url) : ''
  const file = path && [`${path}.ts`, `${path}.mts`, `${path}.js`, path.replace(/\.(m?)js$/, '.$1ts')].find((other) => existsSync(other))
  const ending = file ? file.slice(file.lastIndexOf('.')) : ''
  return file ? `${firstLine(message)}: write the import with its ending, ${ending}` : firstLine(message)
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''

/** `file:line` where a stack enters the author's code; else of the first module it names. */
function placeIn(stack: string): string | undefined {
  const places = [...stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)/g)].map(([, url = '', line]) => ({ path: fileURLToPath(url), line }))
  const place = places.find(({ path }) => !path.includes('/node_modules/') && !path.startsWith(here)) ?? places[0]
  return place && `${shortPath(place.path)}:${place.line}`
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

/** A module may throw anything. */
function read(error: unknown): { code: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { code: '', message: `the module threw ${String(error)}`, stack: '' }
  const code = 'code' in error ? String(error.code) : ''
  const named = error instanceof SyntaxError || code.startsWith('ERR_') ? error.message : `${error.name}: ${error.message}`
  return { code, message: named, stack: error.stack ?? '' }
}
