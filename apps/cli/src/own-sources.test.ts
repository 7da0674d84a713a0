import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OwnSources } from './own-sources.ts'

let folder: string

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'manyhands-own-')))
  await save('package.json', '{"type":"module"}')
})

afterEach(() => rm(folder, { recursive: true }))

async function save(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), text)
}

const at = (...names: string[]) => names.map((name) => join(folder, name))
const own = (path = 'functions', imports: string[] = []) => new OwnSources(join(folder, path), imports)

test('a save concerns the functions when they are made of the file: modules, what these import, package.json', async () => {
  await save('functions/index.ts', `import { a } from '../lib/a.ts'\nimport 'node:fs'\nexport const f = () => a`)
  await save('functions/more.mjs', 'export const f = () => 1')
  await save('lib/a.ts', `import table from './table.json' with { type: 'json' }\nexport const a = () => import("./lazy.ts")`)
  await save('lib/lazy.ts', '')
  const matter = at('functions/index.ts', 'functions/more.mjs', 'lib/a.ts', 'lib/lazy.ts', 'lib/table.json', 'package.json')
  const others = at('main.ts', 'lib/other.ts', 'functions/data.json', 'dist/index.js', 'tsconfig.json')
  expect(own().among([...matter, ...others])).toEqual(matter)
})

test('a file concerns them that is imported since this save, or was before it', async () => {
  await save('functions/index.ts', `import '../lib/a.ts'`)
  const sources = own()
  await save('functions/index.ts', `import '../lib/b.ts'`)
  expect(sources.among(at('lib/a.ts', 'lib/b.ts'))).toEqual(at('lib/a.ts', 'lib/b.ts'))
  expect(sources.among(at('lib/a.ts', 'lib/b.ts'))).toEqual(at('lib/b.ts'))
  await save('functions/new.ts', '')
  expect(sources.among(at('functions/new.ts'))).toEqual(at('functions/new.ts'))
})

test('an import of what is not there yet waits for it, with and without its ending', async () => {
  await save('functions/index.ts', `import '../lib/a'\nimport '../lib/b.js'`)
  expect(own().among(at('lib/a.ts', 'lib/b.ts', 'lib/c.ts'))).toEqual(at('lib/a.ts', 'lib/b.ts'))
})

test.each([
  ['an alias', `import { a } from '#lib/a'`],
  ['a path of a compiler', `import { a } from '@/lib/a'`],
  ['a name put together', 'const a = await import(`../lib/a.ts`)'],
  ['code by its place', `new Worker(new URL('./a.ts', import.meta.url))`],
])('%s: every source counts, but no data and nothing that a build writes', async (_, text) => {
  await save('functions/index.ts', text)
  expect(own().among(at('lib/a.ts', 'main.ts', 'dist/a.js', 'functions/data.json'))).toEqual(at('lib/a.ts', 'main.ts'))
})

test('an installed package is not changed by a save, one that is linked to a folder is', async () => {
  await save('node_modules/tool/package.json', '{"name":"tool"}')
  await save('functions/index.ts', `import 'tool'`)
  expect(own().among(at('main.ts'))).toEqual([])
  await save('linked/package.json', '{"name":"linked"}')
  await symlink(join(folder, 'linked'), join(folder, 'node_modules/linked'))
  await save('functions/index.ts', `import 'linked'`)
  expect(own().among(at('linked/index.ts'))).toEqual(at('linked/index.ts'))
})

test('functions that are built are watched where they are, and modules of --import beside them', async () => {
  await save('dist/functions/index.js', `import '@/a'`)
  expect(own('dist/functions').among(at('dist/a.js', 'a.ts'))).toEqual(at('dist/a.js', 'a.ts'))
  await save('functions/index.ts', '')
  expect(own('functions', ['tsx', join(folder, 'preload.ts')]).among(at('preload.ts', 'tsx'))).toEqual(at('preload.ts'))
})
