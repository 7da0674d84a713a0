import type { ItemRun, Workshop } from './item.ts'

/** As far as it is used here: Node's AsyncLocalStorage. */
interface Storage {
  run<T>(store: { task: () => object }, body: () => T): T
}

/** Where `currentTask()` looks, in every copy of the package `manyhands`. */
const key = Symbol.for('manyhands.tasks')

/** Runs a call so that `currentTask()` answers inside it, where the runtime can do that: Node, Deno and Bun. */
export function asTask<T>(workshop: Workshop, run: ItemRun, body: () => T): T {
  const storage = taskStorage()
  return storage ? storage.run({ task: () => taskOf(workshop, run) }, body) : body()
}

/** This package has no Node imports; a runtime that has the module gives it by name. */
function taskStorage(): Storage | undefined {
  const holder = globalThis as { [key]?: Storage; process?: { getBuiltinModule?: (name: string) => unknown } }
  const hooks = holder.process?.getBuiltinModule?.('node:async_hooks') as { AsyncLocalStorage: new () => Storage } | undefined
  if (hooks) holder[key] ??= new hooks.AsyncLocalStorage()
  return holder[key]
}

function taskOf({ nested }: Workshop, { job, index, attempt, signal, shape, whileWaiting }: ItemRun): object {
  const { process: here } = globalThis as { process?: { pid?: number } }
  const process = { name: 'inline', pid: here?.pid ?? 0 }
  const log = logOf(`${shape.function}[${index}]`)
  return {
    ...{ id: job, index, attempt, process, signal, log, progress: () => undefined },
    get hands() {
      return nested({ parent: `${job}/${index}`, whileWaiting })
    },
  }
}

/** As a worker shows it: each line with its item. */
function logOf(label: string): object {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  const writer = (level: (typeof levels)[number]) => [
    level,
    (message: string, fields?: object) =>
      // biome-ignore lint/suspicious/noConsole: a test's output is where a worker's log would be
      console[level](`${label} ${message}`, ...(fields ? [fields] : [])),
  ]
  return Object.fromEntries(levels.map(writer))
}
