import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import ts from 'typescript'
import { type Package, root } from './packages.ts'
import { showWhatIsPublic } from './show-what-is-public.ts'
import { spellOutSchemas } from './spell-out-schemas.ts'

const rootPath = fileURLToPath(root)

/** Writes the types of a package into `dir`: of its index as `index.d.ts`, of each door as `<door>.d.ts`. */
export async function writeDeclarations(packed: Package, dir: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'manyhands-types-'))
  try {
    const sources = { index: packed.index, ...packed.doors }
    emitDeclarations(
      Object.values(sources).map((source) => join(rootPath, source)),
      scratch,
    )
    const entries = Object.entries(sources).map(([name, source]) => [name, emittedFor(join(rootPath, source), scratch)])
    await bundleDeclarations(Object.fromEntries(entries), scratch, dir)
  } finally {
    await rm(scratch, { recursive: true })
  }
}

// found by way of node_modules they would be somebody else's, for whom TypeScript writes no declarations
const workspaces = {
  '@manyhands/*': [join(rootPath, 'libs/*/src/index.ts')],
  '@manyhands/contracts/*': [join(rootPath, 'libs/contracts/src/*.ts')],
}

/** One declaration file beside each source file, as TypeScript writes them. Throws with the compiler's words when the types are wrong. */
function emitDeclarations(entries: string[], outDir: string): void {
  const { config } = ts.readConfigFile(join(rootPath, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, rootPath)
  const emit = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    rootDir: rootPath,
    outDir,
    paths: workspaces,
  }
  const program = ts.createProgram(entries, { ...options, ...emit })
  const transformers = { afterDeclarations: [spellOutSchemas(program.getTypeChecker()), showWhatIsPublic()] }
  const { diagnostics } = program.emit(undefined, undefined, undefined, true, transformers)
  refuse([...ts.getPreEmitDiagnostics(program), ...diagnostics])
}

function refuse(found: ts.Diagnostic[]): void {
  if (found.length === 0) return
  const host = { getCanonicalFileName: (name: string) => name, getCurrentDirectory: () => rootPath, getNewLine: () => '\n' }
  throw new Error(ts.formatDiagnostics(found, host))
}

async function bundleDeclarations(input: Record<string, string>, scratch: string, dir: string): Promise<void> {
  const bundle = await rolldown({
    input,
    experimental: { attachDebugInfo: 'none' },
    external: (id) => !/^[./]/.test(id) && !id.startsWith('@manyhands/'),
    plugins: [declarationsOf(scratch), dts({ dtsInput: true, tsconfig: false })],
  })
  await bundle.write({ dir, format: 'esm', entryFileNames: '[name].d.ts' })
  await bundle.close()
}

function emittedFor(source: string, scratch: string): string {
  return join(scratch, relative(rootPath, source).replace(/\.ts$/, '.d.ts'))
}

/** Finds the emitted declarations behind the imports of the sources. */
function declarationsOf(scratch: string): Plugin {
  return {
    name: 'declarations-of-sources',
    resolveId(id, importer) {
      if (id.startsWith('@manyhands/')) return emittedFor(fileURLToPath(import.meta.resolve(id)), scratch)
      if (importer && id.startsWith('.')) return join(dirname(importer), id.replace(/(?:\.d)?\.ts$/, '.d.ts'))
      return undefined
    },
  }
}
