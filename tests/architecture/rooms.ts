/** The rooms of the repository, and which may enter which (design.md: Rooms). Arrows point down only. */
const layers = {
  pure: ['contracts', 'planning', 'objects'],
  base: ['settings', 'telemetry', 'redis'],
  engine: ['queue', 'job-store', 'wakeups', 'process-pool', 'functions', 'shared-state', 'locks'],
  service: ['jobs', 'webhooks'],
  app: ['api', 'worker', 'cli', 'dashboard'],
} as const

type Layer = keyof typeof layers
const order = Object.keys(layers) as Layer[]

/** Arrows within one layer that are allowed all the same. */
const sideways = new Set([
  'planning -> contracts',
  'objects -> contracts',
  'redis -> telemetry',
  'process-pool -> functions',
  'shared-state -> wakeups',
  'locks -> wakeups',
  'functions -> shared-state',
  'functions -> locks',
  // currentTask().hands: docs/adr/0016
  'functions -> client',
  'process-pool -> client',
  // shared objects inside functions: docs/adr/0018
  'process-pool -> shared-state',
  // nodes that vote for locks: docs/adr/0020
  'process-pool -> locks',
  // its commands start the services
  'cli -> api',
  'cli -> worker',
])

/** Rooms that stand beside the layers: what they may enter. */
const apart: Record<string, readonly string[]> = {
  client: ['contracts', 'objects'],
  testing: [...layers.pure, ...layers.base],
}

/** Published packages whose name is not `@manyhands/<room>`. */
const packageNames: Record<string, string> = { manyhands: 'cli', '@manyhands/app-api': 'api', '@manyhands/app-worker': 'worker' }

/** The room of an imported package name, or undefined when it is none of ours. Contracts and client have side doors: docs/adr/0007. */
export function roomOfPackage(name: string): string | undefined {
  return packageNames[name] ?? /^@manyhands\/(contracts(?=\/[^/]+$)|client(?=\/(?:nested|testing)$)|[^/]+$)/.exec(name)?.[1]
}

/** The room a file stands in: `libs/redis/src/keys.ts` in `redis`. Undefined outside apps/ and libs/. */
export function roomOfFile(file: string): string | undefined {
  return /^(?:apps|libs)\/([^/]+)\//.exec(file)?.[1]
}

/** Whether source of one room may import the other. A room that nobody has listed may enter nothing: list it here first. */
export function mayEnter(from: string, to: string): boolean {
  if (from in apart) return apart[from]?.includes(to) ?? false
  if (to === 'client' && layerOf(from) === 'app') return true
  return sideways.has(`${from} -> ${to}`) || heightOf(from) > heightOf(to)
}

const layerOf = (room: string): Layer | undefined => order.find((layer) => (layers[layer] as readonly string[]).includes(room))

/** -1 for a room that nobody listed; and nobody but a test may enter one of those. */
function heightOf(room: string): number {
  const layer = layerOf(room)
  return layer === undefined ? Number.NaN : order.indexOf(layer)
}

/** Packages with one importer: `ioredis` is a detail of libs/redis. */
export const soleImporters: Record<string, string> = { ioredis: 'redis', bullmq: 'queue' }
