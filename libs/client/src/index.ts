export type { Job, PoolRecord, ProcessRecord } from '@manyhands/contracts'
export type {
  Blocking,
  Delivery,
  Fence,
  Grant,
  Manager,
  SharedArray,
  SharedBarrier,
  SharedCondition,
  SharedConnection,
  SharedCounter,
  SharedDict,
  SharedEvent,
  SharedJoinableQueue,
  SharedList,
  SharedLock,
  SharedNamespace,
  SharedQueue,
  SharedRLock,
  SharedSemaphore,
  SharedSet,
  SharedValue,
  TypeCode,
} from '@manyhands/objects'
export {
  AttributeError,
  BrokenBarrierError,
  EOFError,
  FencedError,
  IndexError,
  KeyError,
  LockError,
  ObjectError,
  OSError,
  OverflowError,
  QueueEmpty,
  QueueFull,
  SharedTypeError,
  VersionError,
} from '@manyhands/objects'
export type { AsyncResult } from './async-result.ts'
export type { ConnectOptions } from './connection.ts'
export {
  AssertionError,
  ConnectionError,
  JobCancelledError,
  JobError,
  ManyhandsError,
  ManyhandsTimeoutError,
  MaybeEncodingError,
  ProcessLostError,
  RecursionError,
  RemoteError,
  RemoteTraceback,
  RequestError,
  ValueError,
  type WorkerPlace,
} from './errors.ts'
export { connect, type Hands } from './hands.ts'
export type { FleetManager, ManagerOptions } from './manager.ts'
export type { Backoff, Callbacks, CallOptions, MapOptions } from './options.ts'
export type { Pool, PoolOptions } from './pool.ts'
export type { Process, ProcessOptions } from './process.ts'
export type { LogOptions } from './process-logs.ts'
export type { ResultIterator } from './result-iterator.ts'
export type { Session } from './session.ts'
export type { AnyFunction, FunctionNames, Functions, Source } from './signatures.ts'
