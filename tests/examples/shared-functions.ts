/** The functions of examples whose names do not meet. */
export * from '../../examples/array/functions.ts'
export * from '../../examples/lock/functions.ts'
export * from '../../examples/manager/functions.ts'
export * from '../../examples/queue/functions.ts'
export * from '../../examples/value/functions.ts'
