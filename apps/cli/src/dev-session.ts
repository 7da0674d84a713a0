import { relative } from 'node:path'
import { functionsFolder, packageFolder } from './functions-path.ts'
import { OwnSources } from './own-sources.ts'
import { UserError } from './problem.ts'
import { Reloader } from './reloader.ts'
import { renderSeconds } from './screen/progress.ts'
import type { Serving } from './services/report.ts'
import type { Service } from './services/service.ts'
import type { Stack } from './services/stack.ts'
import { SourceWatch } from './watch.ts'

/**
 * The life of `manyhands dev`, after its parts were started:
 * starting -> ready (the worker has loaded the functions) or waiting (it could not, and said why); every save goes through
 * reloading to one of the two again.
 */
export class DevSession {
  readonly #stack: Stack
  readonly #sources: OwnSources
  readonly #failure = Promise.withResolvers<never>()
  readonly #reloader = new Reloader((files) => this.#reload(files), this.#failure.reject)
  readonly #watch = new SourceWatch((files) => this.#saved(files), this.#failure.reject)
  #ready = false
  #told = ''
  #stopping = false

  private constructor(stack: Stack, sources: OwnSources) {
    this.#stack = stack
    this.#sources = sources
    // whoever asks whether it is broken gets the error; nobody asking is no crash
    this.#failure.promise.catch(() => undefined)
  }

  /**
   * Resolves when everything was tried once. Throws UserError when the API does not start: no save would mend that.
   * @param imports modules that are loaded before the functions
   */
  static async start(stack: Stack, path: string, imports: string[]): Promise<DevSession> {
    const session = new DevSession(stack, new OwnSources(path, imports))
    // before the worker has read anything: what is saved from now on is seen
    for (const folder of watchedFolders(path)) await session.#watch.start(folder)
    await session.#follow(stack.worker)
    return session
  }

  /** Resolves, with how it went, or rejects, when no save can mend what happened. */
  get broken(): Promise<string> {
    return Promise.race([this.#stack.broken, this.#failure.promise])
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#watch.stop()
    await this.#stack.stop()
    await this.#reloader.idle()
  }

  /** The present worker ends at once: it may still be loading, and would for ever when a module waits for something. */
  #saved(saved: string[]): void {
    const files = this.#sources.among(saved)
    if (files.length === 0) return
    void this.#stack.worker.stop()
    this.#reloader.changed(files)
  }

  async #reload(files: string[]): Promise<void> {
    const startedAt = performance.now()
    const reloaded = await this.#follow(await this.#stack.replaceWorker())
    const names = files.map((file) => relative(process.cwd(), file)).join(', ')
    if (reloaded) console.log(`reloaded in ${renderSeconds(performance.now() - startedAt)} after a change of ${names}`)
  }

  /** Tells what a new worker serves, or why it can't. */
  async #follow(worker: Service): Promise<boolean> {
    const { url } = await this.#stack.api.serving
    try {
      this.#tell(await worker.serving, url)
      void worker.lost.then((how) => this.#warn(how))
      return true
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      if (!worker.stopping) this.#warn(error.message)
      return false
    }
  }

  #tell({ functions, skipped }: Serving, url: string): void {
    const lists = [
      functions.length > 0 ? `functions: ${functions.join(', ')}` : 'no functions yet: export one, and save',
      ...(skipped.length > 0 ? [`left out, being no functions: ${skipped.join(', ')}`] : []),
    ].join('\n')
    if (lists !== this.#told) console.log(lists)
    if (!this.#ready) console.log(`ready ${url}`)
    this.#told = lists
    this.#ready = true
  }

  /** A worker that ends by itself is not started again and again either: what broke it would break it again. */
  #warn(message: string): void {
    if (!this.#stopping) process.stderr.write(`${message}\n\nWaiting for a save; jobs wait meanwhile.\n`)
  }
}

/** The functions may be built into a folder that the package's own watch leaves out. */
const watchedFolders = (path: string) => [packageFolder(path), functionsFolder(path)]
