import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  ConnectionError,
  itemError,
  JobCancelledError,
  JobError,
  jobError,
  ManyhandsError,
  ManyhandsTimeoutError,
  MaybeEncodingError,
  RemoteError,
  RequestError,
  ValueError,
} from './errors.ts'
import * as client from './index.ts'

const record = {
  name: 'RangeError',
  code: 'function-error',
  message: 'too large: 7',
  stack: 'RangeError: too large: 7\n    at square (functions/index.ts:3:9)',
  at: { worker: 'w1', host: 'h', build: 'b', attempt: 1 },
  limit: 5,
}

describe('the error of an item', () => {
  const error = itemError(record, 3, 'default~x')

  it('has the name, message, code and own fields of what was thrown', () => {
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toBeInstanceOf(ManyhandsError)
    expect(error).toMatchObject({
      name: 'RangeError',
      message: 'too large: 7',
      code: 'function-error',
      limit: 5,
      index: 3,
      jobId: 'default~x',
      at: record.at,
    })
  })

  it('has the remote stack as its cause, also when it is printed', () => {
    expect(error.cause).toMatchObject({ name: 'RemoteTraceback', stack: record.stack })
    expect(String(error)).toBe('RangeError: too large: 7')
    expect(error.stack).toMatch(/^RangeError: too large: 7\n/)
    expect(inspect(error)).toContain('functions/index.ts:3:9')
  })

  it('cannot be bent by own fields', () => {
    const bent = itemError(
      JSON.parse('{"name":"E","message":"m","__proto__":{"x":1},"constructor":1,"index":9,"jobId":"y","cause":"z"}'),
      0,
      'default~x',
    )
    expect(bent).toMatchObject({ index: 0, jobId: 'default~x' })
    expect(bent.cause).toBeUndefined()
    expect(bent.constructor).toBe(RemoteError)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  it('is MaybeEncodingError for a result that cannot be sent', () => {
    const unsendable = itemError({ name: 'TypeError', code: 'result-not-serializable', message: 'a cycle' }, 0, undefined)
    expect(unsendable).toBeInstanceOf(MaybeEncodingError)
    expect(unsendable).toMatchObject({ name: 'MaybeEncodingError', code: 'result-not-serializable' })
  })
})

describe('the error of a job', () => {
  it('is JobCancelledError, or JobError with the failure as cause', () => {
    const failure = itemError(record, 3, 'default~x')
    expect(jobError({ code: 'cancelled' }, 'default~x')).toBeInstanceOf(JobCancelledError)
    const stopped = jobError({ code: 'too-many-failures', message: 'more than 2' }, 'default~x', failure)
    expect(stopped).toBeInstanceOf(JobError)
    expect(stopped).toMatchObject({ code: 'too-many-failures', message: 'more than 2', jobId: 'default~x' })
    expect(stopped?.cause).toBe(failure)
    expect(jobError(record, 'default~x')).toBeUndefined()
  })
})

describe('the error classes', () => {
  it('have a name and a code each, under one base', () => {
    const table = [
      new ValueError('x'),
      new ManyhandsTimeoutError('x'),
      new ConnectionError('x'),
      new RequestError(404, { code: 'not-found', detail: 'x' }),
      new JobCancelledError('x'),
    ]
    expect(table.map(({ name, code }) => [name, code])).toEqual([
      ['ValueError', 'value-error'],
      ['TimeoutError', 'timeout'],
      ['ConnectionError', 'connection-failed'],
      ['RequestError', 'not-found'],
      ['JobCancelledError', 'cancelled'],
    ])
    for (const error of table) expect(error).toBeInstanceOf(ManyhandsError)
  })

  it('say what the server said, place by place', () => {
    const problem = {
      code: 'invalid-parameter',
      detail: 'chunkSize is wrong',
      instance: 'req-1',
      errors: [{ pointer: '/chunkSize', detail: 'must be >= 1' }],
    }
    expect(new RequestError(400, problem)).toMatchObject({
      status: 400,
      requestId: 'req-1',
      errors: problem.errors,
      message: 'chunkSize is wrong\n  /chunkSize: must be >= 1',
    })
    expect(new RequestError(502, {})).toMatchObject({ code: 'http-502', message: 'the server answered 502' })
  })

  it('shadow no global', () => {
    for (const name of Object.keys(client)) expect(Object.hasOwn(globalThis, name), name).toBe(false)
  })
})
