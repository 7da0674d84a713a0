// What authors of functions import from `manyhands`; the command line is main.ts.
export { currentTask, defineFunction, type Policy, type StandardSchema, type Task, type TaskLog } from '@manyhands/functions'
