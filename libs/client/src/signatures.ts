/** Any function at all; `never` parameters accept every parameter list. */
export type AnyFunction = (...args: never[]) => unknown

/** The names that may be called: the exports of `F` that are functions. Without a type argument: any string. */
export type FunctionNames<F> = string extends keyof F
  ? string
  : { [K in keyof F & string]: F[K] extends AnyFunction ? K : never }[keyof F & string]

/** The functions themselves, which stand for the names they bear. */
export type FunctionValues<F> = string extends keyof F ? AnyFunction : Extract<F[keyof F], AnyFunction>

/** The function a target stands for. */
export type Callee<F, T> = T extends AnyFunction
  ? T
  : string extends keyof F
    ? (...args: unknown[]) => unknown
    : T extends keyof F
      ? F[T]
      : never

type Arguments<Fn> = Fn extends (...args: infer P) => unknown ? P : never

/** One item of a map: the function's first parameter. */
export type Item<F, T> = Arguments<Callee<F, T>>[0]

/** One item of a starmap: the function's arguments. */
export type Row<F, T> = Readonly<Arguments<Callee<F, T>>>

/** What the function gives back, as it arrives: awaited, and null where it returned nothing. */
export type Returned<F, T> = Callee<F, T> extends (...args: never[]) => infer R ? Arrived<Awaited<R>> : never
// biome-ignore lint/suspicious/noConfusingVoidType: a function of type void is asked about, whose result arrives as null
type Arrived<T> = T extends undefined | void ? null : T

/** Input of a map: all kinds of iterables. */
export type Source<T> = Iterable<T> | AsyncIterable<T>

type Rest<P> = P extends [unknown?, ...infer R] ? R : P extends unknown[] ? P : []

/** The options of a map: `args` (the function's parameters after the item) has to be there when the function needs it. */
export type MapRest<F, T, Options> =
  [] extends Rest<Arguments<Callee<F, T>>>
    ? [options?: Options & { args?: Readonly<Rest<Arguments<Callee<F, T>>>> | undefined }]
    : [options: Options & { args: Readonly<Rest<Arguments<Callee<F, T>>>> }]

type NoKwargs = Record<string, never> | null | undefined
type Plain<P, Options> = [] extends P
  ? [args?: Readonly<P>, kwargs?: NoKwargs, options?: Options]
  : [args: Readonly<P>, kwargs?: NoKwargs, options?: Options]
type Keyworded<P extends unknown[], Options> =
  Required<P> extends [...infer Init, infer Last]
    ? Last extends readonly unknown[] | AnyFunction
      ? never
      : Last extends object
        ? [args: Readonly<Init>, kwargs: Last, options?: Options]
        : never
    : never
type Untyped<Options> = [args?: readonly unknown[], kwargs?: Record<string, unknown> | null, options?: Options]

/** The rest of an apply: args, then kwargs (the function's last parameter, an object), then options. */
export type ApplyRest<F, T, Options> = T extends AnyFunction
  ? Given<T, Options>
  : string extends keyof F
    ? Untyped<Options>
    : Given<Callee<F, T>, Options>
type Given<Fn, Options> = Plain<Arguments<Fn>, Options> | Keyworded<Arguments<Fn>, Options>

type PlainFields<P> = [] extends P ? { args?: Readonly<P>; kwargs?: NoKwargs } : { args: Readonly<P>; kwargs?: NoKwargs }
type KeywordFields<P extends unknown[]> =
  Required<P> extends [...infer Init, infer Last]
    ? Last extends readonly unknown[] | AnyFunction
      ? never
      : Last extends object
        ? { kwargs: Last } & ([] extends Init ? { args?: Readonly<Init> } : { args: Readonly<Init> })
        : never
    : never
type FieldsOf<Fn> = PlainFields<Arguments<Fn>> | KeywordFields<Arguments<Fn>>

/** `args` and `kwargs` of a call as fields: kwargs is the function's last parameter, an object. */
export type CallFields<F, T> = T extends AnyFunction
  ? FieldsOf<T>
  : string extends keyof F
    ? { args?: readonly unknown[]; kwargs?: Record<string, unknown> | null | undefined }
    : FieldsOf<Callee<F, T>>

type Nested<Files> = { [K in keyof Files & string]: { [N in keyof Files[K] & string as `${K}.${N}`]: Files[K][N] } }[keyof Files & string]
type All<U> = (U extends unknown ? (each: U) => void : never) extends (each: infer I) => void ? I : never

/**
 * The functions of a folder of files: the index module's exports bare, those of other files as `file.name`.
 * @example connect<Functions<typeof index, { images: typeof images }>>().map('images.resize', ...)
 */
export type Functions<Index, Files = unknown> = Index & All<Nested<Files>>
