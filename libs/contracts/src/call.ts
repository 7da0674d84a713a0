/** What becomes of one item: its call, and its result or error as a line of JSON. For whoever runs functions: a child process, or a test of a user. */
export { failureLine } from './failure-line.ts'
export { type Callable, type CallShape, callerOf } from './item-call.ts'
export { isHopeless, isItemError, isOwnCode, isWorthRetry, itemError, type OwnCode, type RetryRule } from './item-error.ts'
export { decodeFailure, errorLine, ItemFailure, resultLine } from './item-failure.ts'
