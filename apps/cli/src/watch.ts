import { type Dirent, type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from './problem.ts'

// no .json: a function that writes a data file would reload itself, and be run again, for ever
const source = /^[^.].*\.[cm]?[jt]sx?$/
const ignored = /^(?:\.|node_modules$)/
/** Editors write a file in several steps, and formatters a second time. In milliseconds. */
const settleMs = 100

/**
 * Watches the source files below a folder; `node_modules` and dot folders are left out. Node's own recursive watcher would walk those too,
 * and a large project has more folders than the kernel grants watches.
 */
export class SourceWatch {
  readonly #onChange: (files: string[]) => void
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** @param onChange called with the paths that changed, once they have settled */
  constructor(onChange: (files: string[]) => void) {
    this.#onChange = onChange
  }

  /** Resolves when every folder below is watched. Throws UserError when the system grants no more watches. */
  async start(folder: string): Promise<void> {
    const entries = this.#watch(folder) ? await entriesOf(folder) : []
    await Promise.all(foldersAmong(entries).map((name) => this.start(join(folder, name))))
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /** False when it is watched already. */
  #watch(folder: string): boolean {
    if (this.#stopped || this.#watchers.has(folder)) return false
    const watcher = watchOrRefuse(folder, (name) => this.#notice(folder, name))
    // a folder that goes away ends its watch; its parent tells when it comes again
    watcher.on('error', () => this.#forget(folder))
    this.#watchers.set(folder, watcher)
    return true
  }

  #notice(folder: string, name: string): void {
    const path = join(folder, name)
    if (source.test(name)) this.#report([path])
    else if (!ignored.test(name)) this.#adopt(path)
  }

  /** What has a new name may be a folder with sources in it, written before we could watch. */
  #adopt(path: string): void {
    this.#forget(path)
    void entriesOf(path).then(async (entries) => {
      if (entries.length === 0) return
      await this.start(path)
      this.#report(entries.filter((entry) => entry.isFile() && source.test(entry.name)).map(({ name }) => join(path, name)))
    })
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

/** Empty when there is no such folder: it went while we looked, or is a file. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

function foldersAmong(entries: Dirent[]): string[] {
  return entries.filter((entry) => entry.isDirectory() && !ignored.test(entry.name)).map(({ name }) => name)
}

function watchOrRefuse(folder: string, notice: (name: string) => void): FSWatcher {
  try {
    return watch(folder, (_, name) => name !== null && notice(name))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EMFILE') throw error
    throw new UserError(
      `The system grants no more file watches, at ${folder}: raise fs.inotify.max_user_watches, or point dev at a smaller folder`,
    )
  }
}
