import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const loader = fileURLToPath(new URL('./fixtures/load.ts', import.meta.url))
const index = fileURLToPath(new URL('./index.ts', import.meta.url))
const run = promisify(execFile)

type Files = Record<string, string>
type Loaded = { functions: Record<string, object>; skipped: string[]; build: string; error?: string }

/** A folder with these files; `package.json` says that they are ES modules. */
function folderOf(files: Files): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'functions-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

async function load(files: Files, path = '.'): Promise<Loaded> {
  const folder = folderOf(files)
  const { stdout } = await run(process.execPath, [loader, join(folder, path)], { cwd: folder })
  return JSON.parse(stdout)
}

const square = 'export const square = (x: number) => x * x'

test('exports of index are bare, those of other files have the file before them', async () => {
  const { functions, skipped } = await load({
    'index.ts': `${square}\nexport const version = '1'\nexport class Tool {}\nexport async function later() {}`,
    'images.mjs': 'export const resize = () => 1\nexport default () => 2',
    'image.colours.js': 'export function invert() {}',
    'index.test.ts': 'throw new Error("not to be loaded")',
    'types.d.ts': 'export type A = 1',
    'readme.md': 'no module',
    'inner/deep.ts': 'throw new Error("not to be loaded")',
  })
  expect(Object.keys(functions)).toEqual(['later', 'square', 'image.colours.invert', 'images.default', 'images.resize'])
  expect(skipped).toEqual(['Tool', 'version'])
})

test('a file alone has bare names', async () => {
  const { functions } = await load({ 'maths.ts': square, 'other.ts': 'export const no = () => 1' }, 'maths.ts')
  expect(functions).toEqual({ square: { input: false } })
})

test('policy comes along, and names that are not allowed are left out with the reason', async () => {
  const source = `import { defineFunction } from ${JSON.stringify(index)}
    export const slow = defineFunction({ timeoutMs: 100, attempts: 2 }, (x: number) => x)
    export const grün = () => 1`
  const { functions, skipped } = await load({ 'index.ts': source, 'my-file.ts': square })
  expect(functions).toEqual({ slow: { timeoutMs: 100, attempts: 2, input: false } })
  expect(skipped).toEqual(['grün', 'my-file.square'].map((name) => `${name} (a name holds letters, digits, _ and $)`))
})

test.for<[what: string, files: Files, error: string, path?: string]>([
  ['a module that throws', { 'index.ts': 'const x = 1\nthrow new TypeError("no database")' }, 'index.ts:2: TypeError: no database'],
  ['a module that throws a string', { 'index.ts': 'throw "tired"' }, 'index.ts: the module threw tired'],
  ['an import that throws', { 'index.ts': 'import "./b.ts"', 'b.ts': '\nnull.x' }, 'b.ts:2: TypeError: Cannot read properties of null'],
  [
    'one name twice',
    {
      'index.ts': square,
      'index.mjs': 'export const square = 1, f = () => 1; export { f as g }',
      'a.ts': square,
      'a.mjs': 'export const square = () => 1',
    },
    'Two functions have the name a.square',
  ],
  ['no such file', {}, 'There is no file or folder', 'nothing.ts'],
  ['an empty folder', {}, 'holds no .ts, .mts, .js or .mjs file'],
  ['no function at all', { 'index.ts': 'export const version = 1' }, 'exports no function; it exports only version'],
  ['nothing exported', { 'index.ts': 'export {}' }, 'exports no function'],
  [
    'an enum',
    { 'index.ts': `${square}\nenum Colour { Red }` },
    'index.ts:2: Node cannot run a TypeScript enum: write a const object instead',
  ],
  ['an enum in an import', { 'index.ts': 'import "./c.ts"', 'c.ts': 'enum C { A }' }, 'c.ts:1: Node cannot run a TypeScript enum'],
  [
    'a namespace',
    { 'index.ts': 'namespace N { export const x = 1 }' },
    'Node cannot run a TypeScript namespace declaration: write a module of its own',
  ],
  [
    'a parameter property',
    { 'index.ts': 'class A { constructor(private x: number) {} }' },
    'Node cannot run a TypeScript parameter property: declare the field',
  ],
  [
    'import =',
    { 'index.ts': 'import fs = require("fs")' },
    'Node cannot run a TypeScript import equals declaration: write `import x from`',
  ],
  [
    'a type imported as a value',
    { 'index.ts': 'import { Foo } from "./types.ts"\nexport const f = (x: Foo) => x', 'types.ts': 'export type Foo = 1' },
    "index.ts:1: ./types.ts exports no value Foo: if it is a type, write `import type { Foo } from './types.ts'`",
  ],
  [
    'an import without its ending',
    { 'index.ts': 'import { b } from "./b"\nexport const f = b', 'b.ts': 'export const b = 1' },
    'write the import with its ending, .ts',
  ],
  [
    'an import with the ending of the built file',
    { 'index.ts': 'import { b } from "./b.js"\nexport const f = b', 'b.ts': 'export const b = 1' },
    'write the import with its ending, .ts',
  ],
  ['an import of nothing', { 'index.ts': 'import "./b.ts"' }, "index.ts: Cannot find module '"],
  ['an import of a folder', { 'index.ts': 'import "./b"', 'b/index.ts': '' }, "write the file's whole name, such as '/index.ts'"],
  ['a package that is not there', { 'index.ts': 'import "no-such-package"' }, "Cannot find package 'no-such-package'"],
  ['a decorator', { 'index.ts': 'function d() {}\n@d class A {}' }, 'if it is a decorator, Node cannot run it'],
  ['a syntax error', { 'index.ts': 'export const f = ( => 1' }, 'index.ts:1: syntax error: Expression expected'],
  ['JSX', { 'index.ts': 'import "./a.tsx"', 'a.tsx': '' }, 'name it .ts, or let a full compiler load it: --import tsx'],
  ['a CommonJS package', { 'package.json': '{"type":"commonjs"}', 'index.ts': square }, 'set "type": "module" there'],
  [
    'a bad policy',
    { 'index.ts': `import { defineFunction } from ${JSON.stringify(index)}\nexport const f = defineFunction({ timeout: 5 }, () => 1)` },
    'index.ts:2: TypeError: defineFunction has no option "timeout"; it takes timeoutMs, attempts, backoff, retryOn, noRetryOn, input',
  ],
])('%s: says what, where and the cure', async ([, files, error, path]) => {
  expect((await load(files, path)).error).toContain(error)
})

test('a build is a matter of the files that count', async () => {
  const files: Files = { 'index.ts': `import { b } from './lib/b.ts'\n${square}`, 'lib/b.ts': 'export const b = 1', 'notes.md': 'a' }
  const { build } = await load(files)
  expect(build).toMatch(/^[0-9a-f]{12}$/)
  expect((await load({ ...files, 'notes.md': 'b' })).build).toBe(build)
  expect((await load({ ...files, 'lib/b.ts': 'export const b = 2' })).build).not.toBe(build)
  expect((await load({ ...files, 'more.ts': 'export const f = () => 1' })).build).not.toBe(build)
})
