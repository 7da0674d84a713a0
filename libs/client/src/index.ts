export type { Job, PoolRecord } from '@manyhands/contracts'
export type { AsyncResult } from './async-result.ts'
export type { ConnectOptions } from './connection.ts'
export {
  ConnectionError,
  JobCancelledError,
  JobError,
  ManyhandsError,
  ManyhandsTimeoutError,
  MaybeEncodingError,
  RemoteError,
  RemoteTraceback,
  RequestError,
  ValueError,
  type WorkerPlace,
} from './errors.ts'
export { connect, type Hands } from './hands.ts'
export type { Backoff, Callbacks, CallOptions, MapOptions } from './options.ts'
export type { Pool, PoolOptions } from './pool.ts'
export type { ResultIterator } from './result-iterator.ts'
export type { Session } from './session.ts'
export type { FunctionNames, Functions, Source } from './signatures.ts'
