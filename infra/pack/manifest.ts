import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Package, root } from './packages.ts'

interface Manifest {
  version: string
  license: string
  dependencies?: Record<string, string>
}

/** Where the index of a package stands in its `dist`, without an ending. */
export function indexOf({ index, keepModules }: Package): string {
  return keepModules ? index.replace(/\.ts$/, '') : 'index'
}

/** The package.json of a published package: its dependencies are exactly what its modules import. */
export async function manifestOf(packed: Package, imported: Set<string>): Promise<Record<string, unknown>> {
  const { version, license } = readManifest(`${packed.workspace}/package.json`)
  const index = `./dist/${indexOf(packed)}`
  const bin = Object.entries(packed.bin).map(([name, file]) => [name, `./dist/${file.replace(/\.ts$/, '.js')}`])
  return {
    name: packed.name,
    version,
    description: packed.description,
    keywords: packed.keywords,
    license,
    type: 'module',
    engines: { node: packed.engines },
    files: ['dist'],
    exports: { '.': { types: './dist/index.d.ts', default: `${index}.js` }, ...doorsOf(packed), './package.json': './package.json' },
    ...(bin.length > 0 ? { bin: Object.fromEntries(bin) } : {}),
    dependencies: await dependenciesOf(imported),
  }
}

function doorsOf({ doors }: Package): Record<string, object> {
  return Object.fromEntries(Object.keys(doors).map((door) => [`./${door}`, { types: `./dist/${door}.d.ts`, default: `./dist/${door}.js` }]))
}

/** The versions that the workspaces were tested with; a later one of the same major number will do. */
async function dependenciesOf(imported: Set<string>): Promise<Record<string, string>> {
  const known = new Map<string, string>()
  for await (const file of glob('{apps,libs}/*/package.json', { cwd: fileURLToPath(root) })) {
    for (const [name, version] of Object.entries(readManifest(file).dependencies ?? {})) known.set(name, version)
  }
  const entries = [...imported].sort().map((name) => {
    const version = known.get(name)
    if (version === undefined) throw new Error(`${name} is imported, but no workspace has it among its dependencies`)
    return [name, `^${version}`]
  })
  return Object.fromEntries(entries)
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(new URL(file, root), 'utf8')) as Manifest
}
