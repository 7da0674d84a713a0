import { statSync } from 'node:fs'

const endings = ['.ts', '.js', '.tsx', '.mts', '.cts', '.mjs', '.cjs', '.jsx', '.json', '/index.ts', '/index.js']

/** The files that an import of this path may mean, also for compilers that do without endings; the first one that is there counts. */
export function candidatesOf(path: string): string[] {
  return [path, ...endings.map((ending) => path + ending), path.replace(/\.([cm]?)js$/, '.$1ts')]
}

/** The file an import means. */
export function fileOf(path: string): string | undefined {
  return candidatesOf(path).find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile())
}
