import { type Dirent, type FSWatcher, statSync, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from './problem.ts'

const source = /^[^.].*\.(?:[cm]?[jt]sx?|json)$/
const ignored = /^(?:\.|node_modules$)/
/** Editors write a file in several steps, and formatters a second time. In milliseconds. */
const settleMs = 100

/**
 * Watches the source files below a folder; `node_modules` and dot folders are left out. Node's own recursive watcher would walk those too,
 * and a large project has more folders than the kernel grants watches.
 */
export class SourceWatch {
  readonly #onChange: (files: string[]) => void
  readonly #onError: (error: unknown) => void
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /**
   * @param onChange called with the paths that changed, once they have settled
   * @param onError called when a folder that came later can't be watched
   */
  constructor(onChange: (files: string[]) => void, onError: (error: unknown) => void) {
    this.#onChange = onChange
    this.#onError = onError
  }

  /** Resolves when every folder below is watched. Throws UserError when the system grants no more watches. */
  async start(folder: string): Promise<void> {
    await this.#walk(folder, false)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /** Watches first and reads then, so that nothing comes between. `isNew`: what is in it was written while nobody watched. */
  async #walk(folder: string, isNew: boolean): Promise<void> {
    if (this.#stopped || this.#watchers.has(folder)) return
    this.#watch(folder)
    const entries = await entriesOf(folder)
    if (isNew) this.#report(sourcesAmong(entries).map((name) => join(folder, name)))
    await Promise.all(foldersAmong(entries).map((name) => this.#walk(join(folder, name), isNew)))
  }

  #watch(folder: string): void {
    const watcher = watchOrRefuse(folder, (name) => this.#notice(folder, name))
    if (!watcher) return
    // a folder that goes away ends its watch; its parent tells when it comes again
    watcher.on('error', () => this.#forget(folder))
    this.#watchers.set(folder, watcher)
  }

  #notice(folder: string, name: string): void {
    const path = join(folder, name)
    if (source.test(name)) this.#report([path])
    else if (!ignored.test(name)) this.#adopt(path)
  }

  /** What has a new name may be a folder with sources in it. */
  #adopt(path: string): void {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    this.#forget(path)
    this.#walk(path, true).catch((error) => this.#onError(error))
  }

  #report(paths: string[]): void {
    if (this.#stopped || paths.length === 0) return
    for (const path of paths) this.#changed.add(path)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#flush(), settleMs)
  }

  #flush(): void {
    const files = [...this.#changed]
    this.#changed.clear()
    this.#onChange(files)
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }
}

const unreachable = new Set(['ENOENT', 'ENOTDIR', 'EACCES'])

/** Empty when there is no such folder any more, or it is not ours to read. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (unreachable.has((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

function sourcesAmong(entries: Dirent[]): string[] {
  return entries.filter((entry) => entry.isFile() && source.test(entry.name)).map(({ name }) => name)
}

function foldersAmong(entries: Dirent[]): string[] {
  return entries.filter((entry) => entry.isDirectory() && !ignored.test(entry.name)).map(({ name }) => name)
}

/** Undefined when there is no such folder any more, or it is not ours to read. */
function watchOrRefuse(folder: string, notice: (name: string) => void): FSWatcher | undefined {
  try {
    return watch(folder, (_, name) => name !== null && notice(name))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (unreachable.has(code)) return undefined
    if (code !== 'ENOSPC' && code !== 'EMFILE') throw error
    throw new UserError(
      `The system grants no more file watches, at ${folder}: raise fs.inotify.max_user_watches, or point dev at a smaller folder`,
    )
  }
}
