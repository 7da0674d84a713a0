// What authors of functions import from `manyhands`; the command line begins in bin.ts.
export {
  type Backoff,
  currentTask,
  defineFunction,
  type Policy,
  type StandardSchema,
  type Task,
  type TaskLog,
  UnrecoverableError,
} from '@manyhands/functions'
