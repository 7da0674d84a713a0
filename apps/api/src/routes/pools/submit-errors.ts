import type { ErrorCode } from '@manyhands/contracts'

/** What a submit can meet beside what every request can. */
export const submitErrors: ErrorCode[] = [
  'function-not-found',
  'too-many-items',
  'item-too-large',
  'session-not-found',
  'parent-not-found',
  'parent-ended',
  'nested-too-deep',
  'job-id-taken',
  'pool-closed',
  'invalid-idempotency-key',
  'idempotency-in-progress',
  'idempotency-key-reused',
  'webhook-url-not-allowed',
  'webhook-secret-missing',
  'quota-exceeded',
  'store-full',
]
