export * from './interim.ts'
export type * from './work.ts'
