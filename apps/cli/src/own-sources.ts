import { join, relative, resolve } from 'node:path'
import { type Reach, reachOf } from '@manyhands/functions'
import { functionsFolder, packageFolder } from './functions-path.ts'

/** Folders of what a build or a test run writes. */
const written = /(?:^|[\\/])(?:dist|build|out|coverage)[\\/]/

/**
 * Which saves concern the functions: those of the files they are made of, and of the package.json above them. Where the text of their modules
 * does not tell all of these, every source file counts, but none that a build writes; and no data, since a function that writes a .json file
 * would reload itself for ever.
 */
export class OwnSources {
  readonly #path: string
  readonly #preloaded: string[]
  readonly #package: string
  /** Whether the functions themselves stand where a build writes. */
  readonly #built: boolean
  #reach: Reach

  /** @param imports what `--import` names */
  constructor(path: string, imports: string[] = []) {
    this.#path = path
    this.#preloaded = imports.filter((module) => /^\.{0,2}\//.test(module)).map((module) => resolve(module))
    this.#package = packageFolder(path)
    this.#built = this.#isWritten(join(functionsFolder(path), 'index'))
    this.#reach = reachOf(path, this.#preloaded)
  }

  /** Those of the saved files that concern the functions as they were, or as they are now. */
  among(files: string[]): string[] {
    const before = this.#reach
    this.#reach = reachOf(this.#path, this.#preloaded)
    return files.filter((file) => file === join(this.#package, 'package.json') || this.#isIn(before, file) || this.#isIn(this.#reach, file))
  }

  #isIn({ files, open }: Reach, file: string): boolean {
    return files.has(file) || (open && !file.endsWith('.json') && (this.#built || !this.#isWritten(file)))
  }

  #isWritten(file: string): boolean {
    return written.test(relative(this.#package, file))
  }
}
