/** The schemas of requests and answers, for those who check or document them: they bring typebox, which a worker does without. */
export * from './fleet.ts'
export * from './item.ts'
export * from './job.ts'
export * from './process.ts'
export * from './schedule.ts'
export * from './session.ts'
export * from './webhook.ts'
