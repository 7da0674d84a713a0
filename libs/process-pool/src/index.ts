export { createProcessPool } from './parent/pool.ts'
export type * from './work.ts'
export { InitializerError } from './work.ts'
