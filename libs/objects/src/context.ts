/** As far as it is used of Node's AsyncLocalStorage. */
interface Storage {
  getStore(): string | undefined
  run<R>(store: string, body: () => R): R
}
type Hooks = { AsyncLocalStorage: new () => Storage }

/** Where there are none (a browser), what runs inside `with` is not told from the rest. */
function storage(): Storage | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }
  const hooks = process?.getBuiltinModule?.('node:async_hooks') as Hooks | undefined
  return hooks && new hooks.AsyncLocalStorage()
}

const contexts = storage()

/** 128 random bits, as 22 base64url characters. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22)
}

/** Who holds an RLock: what runs inside one `with`, however deep. */
export const ownerContext = {
  fresh: randomId,
  current: (): string | undefined => contexts?.getStore(),
  run<R>(body: () => Promise<R>): Promise<R> {
    return contexts ? contexts.run(contexts.getStore() ?? randomId(), body) : body()
  },
}
