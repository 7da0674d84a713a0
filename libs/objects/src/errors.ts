import type { Failure } from './failure.ts'

/** Every error of the SDK. `code` is the slug of docs/errors.md; `jobId` is there once the job is known. */
export class ManyhandsError extends Error {
  static {
    ManyhandsError.prototype.name = 'ManyhandsError'
  }
  readonly code: string
  readonly jobId: string | undefined

  constructor(message: string, code: string, more: { cause?: unknown; jobId?: string | undefined } = {}) {
    super(message, 'cause' in more ? { cause: more.cause } : undefined)
    this.code = code
    this.jobId = more.jobId
  }
}

/** A call that can't be right: chunkSize below 1, a closed pool, one taskDone() too many, a value that is not in the list. */
export class ValueError extends ManyhandsError {
  static {
    ValueError.prototype.name = 'ValueError'
  }
  constructor(message: string, cause?: unknown) {
    super(message, 'value-error', cause === undefined ? {} : { cause })
  }
}

/** Something was done in the wrong order, as Python puts it: a process that is started twice, an RLock that another has. */
export class AssertionError extends ManyhandsError {
  static {
    AssertionError.prototype.name = 'AssertionError'
  }
  constructor(message: string) {
    super(message, 'assertion-error')
  }
}

/** A shared object said no. */
export class ObjectError extends ManyhandsError {
  static {
    ObjectError.prototype.name = 'ObjectError'
  }
  constructor({ code, detail }: Failure) {
    super(detail, code)
  }
}

/** The dict has no such key, the set no such value. */
export class KeyError extends ObjectError {
  static {
    KeyError.prototype.name = 'KeyError'
  }
}
/** The list or the array has no such place. */
export class IndexError extends ObjectError {
  static {
    IndexError.prototype.name = 'IndexError'
  }
}
/** The Namespace has no such name. */
export class AttributeError extends ObjectError {
  static {
    AttributeError.prototype.name = 'AttributeError'
  }
}
/** A number is too large for what would hold it. */
export class OverflowError extends ObjectError {
  static {
    OverflowError.prototype.name = 'OverflowError'
  }
}
/** The queue is empty, and it was not waited for, or not long enough. */
export class QueueEmpty extends ObjectError {
  static {
    QueueEmpty.prototype.name = 'QueueEmpty'
  }
}
/** The queue is full, and it was not waited for, or not long enough. */
export class QueueFull extends ObjectError {
  static {
    QueueFull.prototype.name = 'QueueFull'
  }
}
/** A party of the barrier gave up, or it was aborted or reset. */
export class BrokenBarrierError extends ObjectError {
  static {
    BrokenBarrierError.prototype.name = 'BrokenBarrierError'
  }
}
/** The other end of the pipe is closed, and nothing is left to read. */
export class EOFError extends ObjectError {
  static {
    EOFError.prototype.name = 'EOFError'
  }
}
/** An end of a pipe is closed, or does not go this way. */
export class OSError extends ObjectError {
  static {
    OSError.prototype.name = 'OSError'
  }
}
/** A value is not of the kind that is meant. Its `name` is Python's. */
export class SharedTypeError extends ObjectError {
  static {
    SharedTypeError.prototype.name = 'TypeError'
  }
}
/** The write came too late: the lock of its fence has been granted again, or the task that made it has. */
export class FencedError extends ObjectError {
  static {
    FencedError.prototype.name = 'FencedError'
  }
  /** The lock's present token. */
  readonly token: string | undefined

  constructor(failure: Failure) {
    super(failure)
    this.token = failure.extra?.['token'] as string | undefined
  }
}
/** Another has the lock, or its lease has ended. */
export class LockError extends ObjectError {
  static {
    LockError.prototype.name = 'LockError'
  }
}
/** The object was written to since; `version` is what it has now. */
export class VersionError extends ObjectError {
  static {
    VersionError.prototype.name = 'VersionError'
  }
  readonly version: number

  constructor(failure: Failure) {
    super(failure)
    this.version = Number(failure.extra?.['version'])
  }
}

const kinds: Record<string, new (failure: Failure) => ManyhandsError> = {
  'key-error': KeyError,
  'index-error': IndexError,
  'attribute-error': AttributeError,
  'overflow-error': OverflowError,
  'queue-empty': QueueEmpty,
  'queue-full': QueueFull,
  'broken-barrier': BrokenBarrierError,
  'eof-error': EOFError,
  'os-error': OSError,
  'type-error': SharedTypeError,
  'type-differs': SharedTypeError,
  fenced: FencedError,
  'not-lock-holder': LockError,
  'lock-expired': LockError,
  'version-mismatch': VersionError,
}

/** A refusal as the error that Python has for it. */
export function objectError(failure: Failure): ManyhandsError {
  const { code, detail } = failure
  if (code === 'value-error' || code === 'invalid-ttl') return new ValueError(detail)
  if (code === 'assertion-error') return new AssertionError(detail)
  return new (kinds[code] ?? ObjectError)(failure)
}
