import { cp, glob } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type OutputChunk, rolldown } from 'rolldown'
import { filesBeside } from './beside.ts'
import { type Package, root } from './packages.ts'

const rootPath = fileURLToPath(root)

/**
 * Writes a package as plain JavaScript modules into `dir` and returns the packages that they import. Workspaces go in, everything else
 * stays a dependency.
 */
export async function writeJavaScript(packed: Package, dir: string): Promise<Set<string>> {
  const bundle = await rolldown({
    cwd: rootPath,
    input: inputsOf(packed),
    platform: 'node',
    external: (id) => packageOf(id) !== undefined,
    // a module of which nothing is used has no effect here: the client takes types of the contracts, not their schemas
    treeshake: { moduleSideEffects: false },
    plugins: packed.keepModules ? [filesBeside] : [],
  })
  const modules = packed.keepModules ? { preserveModules: true, preserveModulesRoot: rootPath } : {}
  const { output } = await bundle.write({ dir, format: 'esm', entryFileNames: '[name].js', ...modules })
  await bundle.close()
  const chunks = output.filter((file) => file.type === 'chunk')
  if (packed.keepModules) await copyScripts(chunks, dir)
  return importedPackages(chunks)
}

function inputsOf({ index, doors, bin, keepModules }: Package): string[] | Record<string, string> {
  return keepModules ? [index, ...Object.values(bin)] : { index, ...doors }
}

/** The Lua scripts stand beside the TypeScript that reads them, here too. */
async function copyScripts(chunks: OutputChunk[], dir: string): Promise<void> {
  const sources = new Set(chunks.map(({ fileName }) => fileName.replace(/\/src\/.*$/, '/src')))
  for (const source of sources) {
    for await (const script of glob('**/*.lua', { cwd: join(rootPath, source) })) {
      await cp(join(rootPath, source, script), join(dir, source, script))
    }
  }
}

function importedPackages(chunks: OutputChunk[]): Set<string> {
  const own = new Set(chunks.map(({ fileName }) => fileName))
  const outside = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]).filter((id) => !own.has(id))
  return new Set(outside.map(packageOf).filter((name) => name !== undefined && !builtinModules.includes(name)) as string[])
}

/** The package of an import that stays outside, or undefined for a module of this repository. */
function packageOf(id: string): string | undefined {
  if (/^[./]/.test(id) || id.startsWith('@manyhands/')) return undefined
  if (id.startsWith('node:')) return id.slice('node:'.length)
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')
}
