import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmittedChunk, Plugin } from 'rolldown'
import { root } from './packages.ts'

const rootPath = fileURLToPath(root)
const besideUrl = /new URL\((['"])(\.{1,2}\/[^'"]+)\1, import\.meta\.url\)/g

// the module names its own ending: it is right in the sources and in what is built
const besideModule = /new URL\(`(\.{1,2}\/[^`$]+)\$\{extname\(import\.meta\.url\)\}`, import\.meta\.url\)/g

/**
 * Takes files along that a module reaches by `new URL('./x', import.meta.url)`: a TypeScript file becomes an entry of its own (a child
 * process starts there), any other file is copied to the same place.
 */
export const filesBeside: Plugin = {
  name: 'files-beside',
  async transform(code, id) {
    for (const [, path = ''] of code.matchAll(besideModule)) this.emitFile(entry(resolve(dirname(id), `${path}.ts`)))
    for (const [, , path = ''] of code.matchAll(besideUrl)) {
      const file = resolve(dirname(id), path)
      if (path.endsWith('.ts')) this.emitFile(entry(file))
      else if (!path.endsWith('/')) this.emitFile({ type: 'asset', fileName: placeOf(file), source: await readFile(file) })
    }
    return code.replaceAll(besideUrl, (_, quote, path) => `new URL(${quote}${path.replace(/\.ts$/, '.js')}${quote}, import.meta.url)`)
  },
}

function entry(file: string): EmittedChunk {
  return { type: 'chunk', id: file, name: placeOf(file).replace(/\.ts$/, '') }
}

function placeOf(file: string): string {
  return relative(rootPath, file)
}
