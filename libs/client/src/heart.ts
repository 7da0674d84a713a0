/** The heartbeats of a session: they go on while user code computes, and keep no program alive. */
export interface Heart {
  stop(): void
}

export interface Beats {
  url: string
  headers: Record<string, string>
  everyMs: number
}

/** Runs in a thread of its own, so that nothing the program computes holds it up. It is text, since a bundler would lose a file. */
const program = `
const { parentPort, workerData: { url, headers, everyMs } } = require('node:worker_threads')
const beat = () => fetch(url, { method: 'PUT', headers, signal: AbortSignal.timeout(everyMs) }).then(
  (answer) => answer.status === 404 && parentPort.postMessage('gone'),
  () => undefined, // the next one comes soon
)
beat() // at once: on a busy machine the thread itself, and its first fetch, may take a good part of the lease
setInterval(beat, everyMs)
`

interface ThreadWorker {
  on(event: 'message' | 'error', listener: () => void): void
  unref(): void
  terminate(): Promise<number>
}
type Threads = { Worker: new (code: string, options: { eval: true; workerData: Beats }) => ThreadWorker }

/** @param onGone the server knows the session no more */
export function startHeart(beats: Beats, onGone: () => void): Heart {
  const threads = builtin('node:worker_threads') as Threads | undefined
  return threads ? inThread(threads, beats, onGone) : inLoop(beats, onGone)
}

function inThread({ Worker }: Threads, beats: Beats, onGone: () => void): Heart {
  const worker = new Worker(program, { eval: true, workerData: beats })
  worker.on('message', onGone)
  worker.on('error', onGone)
  worker.unref()
  return { stop: () => void worker.terminate() }
}

/** A browser's page has no threads without a file: there the beats stand in its own loop. */
function inLoop({ url, headers, everyMs }: Beats, onGone: () => void): Heart {
  const beat = () =>
    fetch(url, { method: 'PUT', headers, signal: AbortSignal.timeout(everyMs) }).then(
      (answer) => answer.status === 404 && onGone(),
      () => undefined,
    )
  const timer = setInterval(beat, everyMs)
  return { stop: () => clearInterval(timer) }
}

/** This package has no Node imports: where there is no `process`, there are no modules of its own. */
function builtin(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }
  return process?.getBuiltinModule?.(name)
}
