/**
 * Type tests: compiled with everything else by `tsc -p .`. Each `@ts-expect-error` is a mistake that must not compile;
 * where one compiles after all, tsc reports the directive as unused.
 */
import type { Backoff as ContractBackoff, JobOptions } from '@manyhands/contracts'
import { connect, type FunctionNames, type Functions, type MapOptions, type Pool } from './index.ts'

/** What `import type * as functions from './functions/index.ts'` gives. */
interface Module {
  square: (x: number) => number
  slowSquare: (x: number) => Promise<number>
  greet: (name: string, options?: { greeting?: string; loud?: boolean }) => string
  scale: (x: number, factor: number) => number
  add: (a: number, b: number) => number
  log: (line: string) => void
  sum: (...numbers: number[]) => number
  find: (name: string) => { id: number } | undefined
  identity: <T>(value: T) => T
  /** What defineFunction gives: the function, with its policy beside it. */
  resize: ((image: { url: string }) => Promise<{ width: number }>) & { policy: { timeoutMs: number } }
  version: string
  Shape: new () => object
  now: () => number
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function is<A, B>(same: Same<A, B>): void
type Result<P> = Awaited<P>

const hands = connect<Module>()
declare const numbers: () => AsyncIterable<number>
declare const square: Module['square']

export async function names(): Promise<void> {
  is<FunctionNames<Module>, Exclude<keyof Module, 'version' | 'Shape'>>(true)
  await hands.map('square', [1, 2, 3])
  await hands.map(square, [1, 2, 3])
  // @ts-expect-error a misspelt name
  await hands.map('sqare', [1, 2, 3])
  // @ts-expect-error an export that is no function
  await hands.map('version', [1, 2, 3])
  // @ts-expect-error a class is no function to call
  await hands.map('Shape', [])
  // @ts-expect-error a function that the fleet does not have
  await hands.map((x: Date[]) => x, [])
}

export async function items(): Promise<void> {
  await hands.map('square', new Set([1, 2]))
  await hands.map('square', new Float64Array(3))
  await hands.map('square', numbers())
  await hands.map('square', [1, 2] as const)
  await hands.map('resize', [{ url: 'a' }])
  // @ts-expect-error items of another type
  await hands.map('square', ['1', '2'])
  // @ts-expect-error one item instead of many
  await hands.map('square', 5)
  // @ts-expect-error a field that the function does not know
  await hands.map('resize', [{ uri: 'a' }])
  // @ts-expect-error an async source of other items
  hands.imap('greet', numbers())
  // @ts-expect-error a function without parameters has no items
  await hands.map('now', [1])
}

export async function constants(): Promise<void> {
  await hands.map('scale', [1, 2], { args: [10] })
  await hands.map('greet', ['a'], { args: [{ loud: true }] })
  await hands.map('greet', ['a'])
  // @ts-expect-error the second parameter is needed
  await hands.map('scale', [1, 2])
  // @ts-expect-error the second parameter is a number
  await hands.map('scale', [1, 2], { args: ['10'] })
  // @ts-expect-error there is no second parameter
  await hands.map('square', [1, 2], { args: [10] })
}

export async function rows(): Promise<void> {
  await hands.starmap('add', [
    [1, 2],
    [3, 4],
  ])
  await hands.starmap('add', [[1, 2]] as const)
  await hands.starmap('sum', [[1, 2, 3], [], [4]])
  // @ts-expect-error a row is short
  await hands.starmap('add', [[1]])
  // @ts-expect-error a row is long
  await hands.starmap('add', [[1, 2, 3]])
  // @ts-expect-error rows are lists
  await hands.starmap('add', [1, 2])
}

export async function applies(): Promise<void> {
  await hands.apply('square', [5])
  await hands.apply('now')
  await hands.apply('sum', [1, 2, 3])
  await hands.apply('greet', ['Alice'])
  await hands.apply('greet', ['Alice', { loud: true }])
  await hands.apply('greet', ['Alice'], { greeting: 'Hi' })
  await hands.apply('square', [5], {}, { timeoutMs: 1000 })
  hands.applyAsync('square', [5], null, { callback: (value) => is<typeof value, number>(true) })
  // @ts-expect-error args is a list
  await hands.apply('square', 5)
  // @ts-expect-error an argument is missing
  await hands.apply('square')
  // @ts-expect-error an argument of another type
  await hands.apply('square', ['5'])
  // @ts-expect-error options in the place of kwargs
  await hands.apply('square', [5], { timeoutMs: 1000 })
  // @ts-expect-error a keyword that the function does not have
  await hands.apply('greet', ['Alice'], { greting: 'Hi' })
}

export function results(): void {
  is<Result<ReturnType<typeof map>>, number[]>(true)
  is<Result<ReturnType<typeof awaited>>, number[]>(true)
  is<Result<ReturnType<typeof nothing>>, null[]>(true)
  is<Result<ReturnType<typeof maybe>>, { id: number } | null>(true)
  is<Result<ReturnType<typeof wrapped>>, { width: number }[]>(true)
  const handle = hands.mapAsync('square', [1], { callback: (values) => is<typeof values, number[]>(true) })
  is<Result<ReturnType<typeof handle.get>>, number[]>(true)
  // @ts-expect-error a handle is no promise
  handle.then(() => undefined)
  // @ts-expect-error the results are numbers
  hands.mapAsync('square', [1], { callback: (values: string[]) => values })
}
const map = () => hands.map('square', [1])
const awaited = () => hands.map('slowSquare', [1])
const nothing = () => hands.map('log', ['a'])
const maybe = () => hands.apply('find', ['a'])
const wrapped = () => hands.map('resize', [{ url: 'a' }])

export async function iterations(pool: Pool<Module>, signal: AbortSignal): Promise<void> {
  for await (const value of pool.imapUnordered('slowSquare', numbers(), { signal, chunkSize: 2 })) is<typeof value, number>(true)
  await using closed = hands.pool({ processes: 4 })
  is<typeof closed, Pool<Module>>(true)
  is<Result<ReturnType<typeof scoped>>, number[]>(true)
  // @ts-expect-error an option that does not exist
  await pool.map('square', [1], { chunksize: 2 })
  // @ts-expect-error results are read by imap: there is no way to discard them
  await pool.map('square', [1], { results: 'discard' })
}
const scoped = () => hands.withPool({ processes: 2 }, (pool) => pool.map('square', [1]))

export async function nested(): Promise<void> {
  type Fleet = Functions<
    { square: (x: number) => number },
    { images: { resize: (url: string) => number }; 'img.fast': { crop: () => string } }
  >
  const fleet = connect<Fleet>()
  is<FunctionNames<Fleet>, 'square' | 'images.resize' | 'img.fast.crop'>(true)
  await fleet.map('square', [1])
  await fleet.map('images.resize', ['a'])
  // @ts-expect-error the file is missing from the name
  await fleet.map('resize', ['a'])
}

export async function untyped(): Promise<void> {
  const anything = connect({ url: 'http://127.0.0.1:3000' })
  const values = await anything.map('anything', [1, 'two', {}], { args: [3] })
  is<typeof values, unknown[]>(true)
  await anything.apply('anything', [1, 2], { key: 'word' }, { attempts: 2 })
  await anything.starmap('anything', [[1, 'two'], []])
}

/** The options, written out so that an editor shows what they mean, are those of the schemas. */
type Loose<T> = { [K in keyof T]: T[K] | undefined }
export function contracts(backoff: ContractBackoff, options: MapOptions): void {
  backoff satisfies NonNullable<MapOptions['backoff']>
  options satisfies Loose<JobOptions>
}

export async function processes(): Promise<void> {
  const process = hands.process({ target: 'greet', args: ['Alice'], name: 'Greeter', daemon: true })
  is<typeof process.exitCode, number | null>(true)
  hands.process({ target: 'greet', args: ['Alice'], kwargs: { greeting: 'Hi' } })
  hands.process({ target: 'greet', args: ['Alice', { loud: true }] })
  hands.process({ target: 'now', group: null })
  hands.process({ target: 'sum', args: [1, 2, 3] })
  for await (const line of process.logs({ stream: 'stdout' })) is<typeof line, string>(true)
  // @ts-expect-error a misspelt target
  hands.process({ target: 'great', args: ['Alice'] })
  // @ts-expect-error an argument is missing
  hands.process({ target: 'greet' })
  // @ts-expect-error an argument of another type
  hands.process({ target: 'square', args: ['5'] })
  // @ts-expect-error a keyword that the function does not have
  hands.process({ target: 'greet', args: ['Alice'], kwargs: { greting: 'Hi' } })
  // @ts-expect-error an option that does not exist
  hands.process({ target: 'now', demon: true })
  connect({ url: 'http://127.0.0.1:3000' }).process({ target: 'anything', args: [1, 'two'], kwargs: { key: 'word' } })
}
