export { createProcessPool } from './parent/pool.ts'
export type * from './work.ts'
