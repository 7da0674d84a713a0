export { failure, type InjectedFailure } from './failures.ts'
export { type InlineOptions, inline } from './inline.ts'
export type { InlineCall } from './item.ts'
