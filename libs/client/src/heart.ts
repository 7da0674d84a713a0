import { builtin } from './builtin.ts'

/** The heartbeats of a session: they go on while user code computes, and keep no program alive. */
export interface Heart {
  /** From now on they come so often. */
  beatEvery(ms: number): void
  stop(): void
}

/** What a heartbeat did: the locks whose leases began anew, and when it was sent, by `performance.timeOrigin + performance.now()`. */
export interface Beat {
  at: number
  locks: string[]
}

export interface Beats {
  url: string
  headers: Record<string, string>
  everyMs: number
}

/** An answer may take so long at least, in milliseconds, also where beats follow each other faster. */
const shortestPatienceMs = 2000

/** Runs in a thread of its own, so that nothing the program computes holds it up. It is text, since a bundler would lose a file. */
const program = `
const { parentPort, workerData: { url, headers, everyMs } } = require('node:worker_threads')
const patienceMs = Math.max(everyMs, ${shortestPatienceMs})
const beat = async () => {
  const at = performance.timeOrigin + performance.now()
  try {
    const answer = await fetch(url, { method: 'PUT', headers, signal: AbortSignal.timeout(patienceMs) })
    if (answer.status === 404) parentPort.postMessage('gone')
    else if (answer.ok) parentPort.postMessage({ at, locks: (await answer.json()).locks ?? [] })
  } catch {
    // the next one comes soon
  }
}
beat() // at once: on a busy machine the thread itself, and its first fetch, may take a good part of the lease
let timer = setInterval(beat, everyMs)
parentPort.on('message', (ms) => {
  clearInterval(timer)
  timer = setInterval(beat, ms)
})
`

interface ThreadWorker {
  on(event: 'message', listener: (message: 'gone' | Beat) => void): void
  on(event: 'error', listener: () => void): void
  postMessage(everyMs: number): void
  unref(): void
  terminate(): Promise<number>
}
type Threads = { Worker: new (code: string, options: { eval: true; workerData: Beats }) => ThreadWorker }

export interface HeartEvents {
  /** The server knows the session no more. */
  onGone(): void
  onBeat(beat: Beat): void
}

export function startHeart(beats: Beats, events: HeartEvents): Heart {
  const threads = builtin('node:worker_threads') as Threads | undefined
  return threads ? inThread(threads, beats, events) : inLoop(beats, events)
}

function inThread({ Worker }: Threads, beats: Beats, { onGone, onBeat }: HeartEvents): Heart {
  const worker = new Worker(program, { eval: true, workerData: beats })
  worker.on('message', (message) => (message === 'gone' ? onGone() : onBeat(message)))
  worker.on('error', onGone)
  worker.unref()
  return { beatEvery: (ms) => worker.postMessage(ms), stop: () => void worker.terminate() }
}

/** A browser's page has no threads without a file: there the beats stand in its own loop. */
function inLoop({ url, headers, everyMs }: Beats, { onGone, onBeat }: HeartEvents): Heart {
  const beat = async () => {
    const at = performance.timeOrigin + performance.now()
    const answer = await fetch(url, { method: 'PUT', headers, signal: AbortSignal.timeout(Math.max(everyMs, shortestPatienceMs)) })
    if (answer.status === 404) onGone()
    else if (answer.ok) onBeat({ at, locks: ((await answer.json()) as Partial<Beat>).locks ?? [] })
  }
  const arm = (ms: number) => setInterval(() => beat().catch(() => undefined), ms)
  let timer = arm(everyMs)
  return {
    beatEvery(ms) {
      clearInterval(timer)
      timer = arm(ms)
    },
    stop: () => clearInterval(timer),
  }
}
