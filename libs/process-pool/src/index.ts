export type * from './work.ts'
