import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { SharedDict, SharedQueue } from '@manyhands/client'
import { currentTask } from '@manyhands/functions'

export const version = 'no function: it has no name among the calls'

export const square = (x: number): number => x * x
export const add = (a: number, b: number): number => a + b
export const scale = (x: number, factor: number, offset = 0): number => x * factor + offset
export const identity = (x: unknown): unknown => x
export const nothing = (_: unknown): void => undefined
export const greet = (name: string, { greeting = 'Hello' }: { greeting?: string } = {}): string => `${greeting} ${name}`
export const now = (): number => Date.now()

/** Waits so many milliseconds, then gives them back. */
export const wait = (ms: number): Promise<number> => pause(ms, ms)
/** The same, but it stops when it is told to: where nobody can kill it. */
export const nap = (ms: number): Promise<number> => pause(ms, ms, { signal: currentTask().signal })

class OddError extends RangeError {
  override readonly name = 'OddError'
  readonly odd: number
  readonly schema = { $ref: '#/odd' }
  readonly seen = new Date(0)

  constructor(odd: number) {
    super(`${odd} is odd`)
    this.odd = odd
  }
}

export function even(x: number): number {
  if (x % 2 === 1) throw new OddError(x)
  return x
}

/** The same, after so many milliseconds. */
export const slowlyEven = (ms: number): Promise<number> => pause(ms, ms).then(even)

const tries = new Map<string, number>()
/** How often an item has been tried; the first time, one that says so throws. */
export function tryOf({ item, fails = false }: { item: string; fails?: boolean }): number {
  const count = (tries.get(item) ?? 0) + 1
  tries.set(item, count)
  if (fails && count === 1) throw new Error(`${item} fails once`)
  return count
}

/** The process that runs it ends. */
export function exit(code: number): number {
  if (code >= 0) process.exit(code)
  return code
}

export function cycle(_: number): unknown {
  const self: { self?: unknown } = {}
  self.self = self
  return self
}

/** Not one of them can travel. */
const strays = {
  function: () => () => 1,
  symbol: () => Symbol('s'),
  map: () => new Map([[1, 2]]),
  error: () => new Error('returned, not thrown'),
  promise: () => ({ inside: Promise.resolve(1) }),
  cycle: () => cycle(0),
}
export const stray = (kind: keyof typeof strays): unknown => strays[kind]()

/** What is thrown need not be an error, nor able to travel. */
const missiles = {
  text: () => 'just a text',
  nothing: () => undefined,
  object: () => ({ code: 7 }),
  'an error with a cycle': () => Object.assign(new RangeError('too far'), { self: cycle(0), far: 9 }),
  'an error with a function': () => Object.assign(new RangeError('too far'), { undo: () => 1, far: 9 }),
  'an error whose message throws': () => Object.defineProperty(new RangeError('x'), 'message', { get: () => fail('no message') }),
}
export const throws = (kind: keyof typeof missiles): never => fail(missiles[kind]())
function fail(thrown: unknown): never {
  throw thrown
}

/** Throws an error with this field. */
export const throwsWith = (value: unknown): never => fail(Object.assign(new Error('with a value'), { value }))

/** Its last argument is an object: that of keywords. */
export const keyword = (given: { value: unknown }): unknown => given.value
export const second = (_: unknown, value: unknown): unknown => value

let kept: unknown = null
/** An initializer of a value of any kind. */
export const keep = (value: unknown): void => {
  kept = value
}
export const whatIsKept = (): unknown => kept

let base = 0
/** An initializer. */
export const setBase = (to: number): void => {
  base = to
}
export const aboveBase = (x: number): number => x + base
export const processOf = (_: number | string): number => process.pid
export const failsToPrepare = (why: string): void => {
  throw new OddError(why.length)
}
/** Computes for so many milliseconds. */
export function burn(ms: number): number {
  const end = Date.now() + ms
  while (Date.now() < end);
  return ms
}

/** The seed's: says hello, and which process it is. */
export function hello(name: string): void {
  const { log, process: own } = currentTask()
  log.info(`Hello ${name} from process ${own.pid}`)
}
export const nameOfProcess = (): void => currentTask().log.info(currentTask().process.name)
/** Writes each value on a line of its own, as `inspect` shows it. */
export function show(values: unknown[], { last }: { last: unknown }): void {
  for (const value of [...values, last]) currentTask().log.info(inspect(value, shown))
}
export const shown = { depth: null, compact: true, breakLength: Number.POSITIVE_INFINITY } as const
/** Its process sends itself a signal. */
export function signalSelf(signal: NodeJS.Signals): Promise<number> {
  process.kill(process.pid, signal)
  return pause(5000, 0)
}

type Nested = Pick<typeof import('./functions.ts'), 'square' | 'even' | 'factorial'>
const nested = () => currentTask<Nested>().hands

export const factorial = async (n: number): Promise<number> => (n < 2 ? 1 : n * (await nested().apply('factorial', [n - 1])))

/** A process that starts another one. */
export const bears = (): Promise<void> =>
  nested()
    .process({ target: 'square', args: [2] })
    .start()

export async function sumOfSquares(numbers: number[]): Promise<number> {
  const handle = nested().mapAsync('square', numbers)
  return (await handle.get()).reduce((sum, square) => sum + square, 0)
}

/** What `even` throws for a number, as it is seen from another function. */
export const messageOf = (x: number): Promise<string> =>
  nested()
    .apply('even', [x])
    .then(String, (error: Error) => `${error.name}: ${error.message}`)

/** Sets up a manager, and takes its time. */
export async function fillIn(scores: SharedDict<Record<string, number>>, ms: number): Promise<void> {
  await pause(ms)
  await scores.increment('filled')
}

/** What comes out of one queue goes into the other. */
export async function passOn(from: SharedQueue<string>, to: SharedQueue<string>): Promise<void> {
  await to.put(await from.get())
}

/** An object of its own. */
export const makeOne = (n: number): SharedDict<Record<string, number>> => currentTask().hands.dict<Record<string, number>>({ n })
