import type { Wire } from '@manyhands/contracts'
import type { Initializer, LoadedFunction, SharingAddress } from './work.ts'

/** Parent to child, first message: load the functions. */
export interface StartMessage {
  type: 'start'
  functions?: string | undefined
  maxResultBytes: number
  initializer?: Initializer | undefined
  name?: string | undefined
  once?: boolean | undefined
  sharing?: (SharingAddress & { holder: string }) | undefined
}

/** Parent to child: run these items. Several may wait in the child; it runs them in order. */
export interface RunMessage {
  type: 'run'
  run: number
  job: string
  function: string
  mode: 'map' | 'star'
  constants?: string | undefined
  wire: Wire
  runs: [from: number, to: number][]
  careful: boolean
  at: { worker: string; host: string; build: string; attempt: number }
  claim?: { chunk: string; attempt: number } | undefined
}

/** Parent to child: start no more items of this run, and abort the signal of the one that runs. */
export interface CancelMessage {
  type: 'cancel'
  run: number
}

/** Parent to child: start no more items of this run; the one that runs ends in its own time. */
export interface YieldMessage {
  type: 'yield'
  run: number
}

/** Parent to child: what a function waited for is there, and it may go on. */
export interface ResumeMessage {
  type: 'resume'
  run: number
}

/** Child to parent: the functions are loaded. */
export interface ReadyMessage {
  type: 'ready'
  functions: LoadedFunction[]
  skipped: string[]
  build: string
}

/** Child to parent: the functions do not load, or the initializer failed; the child exits. */
export interface BrokenMessage {
  type: 'broken'
  message: string
}

/** Child to parent: the next items of a run are settled. */
export interface DoneMessage {
  type: 'done'
  run: number
  count: number
  failed: number[]
  itemUs: number
  cpuUs: number
  end: boolean
}

/** Child to parent: the function wrote something. */
export interface OutputMessage {
  type: 'output'
  stream: 'stdout' | 'stderr'
  label: string
  run?: number | undefined
  index?: number | undefined
}

/** Child to parent: how far an item has come, as its function says. */
export interface ProgressMessage {
  type: 'progress'
  run: number
  index: number
}

/** Child to parent: the function waits for nested work. */
export interface WaitMessage {
  type: 'wait'
  run: number
}

/** Child to parent: what it waited for is there, and it asks to go on. */
export interface WaitedMessage {
  type: 'waited'
  run: number
}

/** Child to parent: a function is about to acquire a lock. */
export interface HoldsMessage {
  type: 'holds'
  ttlMs: number
}

/** Longest body of a `progress`, in bytes. */
export const progressBytes = 1024

/** Child to parent, last message: nothing that is finished is left to tell, and the child exits. */
export interface ExitMessage {
  type: 'exit'
  running: boolean
}

export type ParentMessage = StartMessage | RunMessage | CancelMessage | YieldMessage | ResumeMessage
export type ChildMessage =
  | ReadyMessage
  | BrokenMessage
  | DoneMessage
  | OutputMessage
  | ProgressMessage
  | WaitMessage
  | WaitedMessage
  | HoldsMessage
  | ExitMessage

type Message = ParentMessage | ChildMessage
type Row<M extends Message> = { to: 'child' | 'parent'; meaning: string; fields: Record<Exclude<keyof M, 'type'>, string>; body?: string }

/** Every message, in words: docs/child-protocol.md is held equal to this table by a test. */
export const messageTable: { [T in Message['type']]: Row<Extract<Message, { type: T }>> } = {
  start: {
    to: 'child',
    meaning: 'Comes first and once: load the functions.',
    fields: {
      functions: 'absolute path of the functions: a module file or a folder; absent = the program knows its own',
      maxResultBytes: 'largest result of one item, in bytes',
      initializer:
        '`{function, args, wire}`: call this function with these arguments (JSON text of an array) before `ready`; absent = none',
      name: 'what the process is called, for `currentTask().process`',
      sharing:
        '`{redisUrl, group, tenant, lockNodes, lockTtlMs, holder}`: where shared objects are, which Redis vote for locks of at most such a lease, and in whose name the process acquires locks; absent = there are none',
      once: 'true: exit after the first run, with 1 when it failed; what the function returns is wanted by nobody; one that stays is killed',
    },
  },
  run: {
    to: 'child',
    meaning: 'Run these items, one at a time, in order. More runs may come before one has ended: they wait their turn.',
    fields: {
      run: 'number of the run, used in its answers',
      job: 'id of the job',
      function: 'name of the function',
      mode: '`map`: call `f(item, ...constants)`; `star`: the item is the array of arguments',
      constants: 'JSON text of an array; absent = none',
      wire: '`plain`: JSON as it is; `tagged`: JSON with tags (docs/wire.md)',
      runs: 'item indexes `[[from, to], ...]`, `to` excluded, in the order of the lines',
      careful: 'true: tell each result before the next item starts',
      at: 'object; stands as it is in the field `at` of every error',
      claim: '`{chunk, attempt}`: by which it writes to shared objects; absent = it writes without',
    },
    body: 'one JSON value a line, each ended by LF',
  },
  cancel: {
    to: 'child',
    meaning:
      'Start no more items of this run, tell the item that runs to stop, and answer `done` with `end`. If the run has not ended 200 ms later, the process gets SIGTERM, and SIGKILL another 300 ms later.',
    fields: { run: 'number of the run; one that has ended is ignored' },
  },
  yield: {
    to: 'child',
    meaning:
      'Others are idle: start no more items of this run, and answer `done` with `end` once the one that runs has ended. A child may ignore it.',
    fields: { run: 'number of the run; one that has ended is ignored' },
  },
  resume: {
    to: 'child',
    meaning: 'The answer to `waited`: go on.',
    fields: { run: 'number of the run' },
  },
  ready: {
    to: 'parent',
    meaning: 'The functions are loaded.',
    fields: {
      functions:
        'list of `{name, input, timeoutMs?, attempts?, backoff?, retryOn?, noRetryOn?}`; `input`: whether a schema checks the input; the others as in a submit',
      skipped: 'exports that are no functions, for people',
      build: 'names the code that was loaded',
    },
  },
  broken: {
    to: 'parent',
    meaning: 'The functions do not load, or the initializer failed; the child exits.',
    fields: { message: 'why, for a terminal' },
    body: 'of an initializer that threw: the error as JSON, as of an item, with the code `initializer-failed`',
  },
  done: {
    to: 'parent',
    meaning: 'The next items of the run are settled.',
    fields: {
      run: 'number of the run',
      count: 'how many items',
      failed: 'which of them failed: positions in this message, from 0',
      itemUs: 'time inside these items, in microseconds',
      cpuUs: 'CPU time of the process meanwhile, in microseconds',
      end: 'true: nothing more comes for this run, and nothing of it computes',
    },
    body: 'one JSON value a line, each ended by LF: the result, or `{name, code, message, stack?, at, ...}` where the item failed',
  },
  output: {
    to: 'parent',
    meaning: 'A function wrote something. (What goes to descriptors 1 and 2 is read as well, but its label is a guess.)',
    fields: {
      stream: '`stdout` or `stderr`',
      label: 'the item, such as `resize[17]`',
      run: 'number of the run that it belongs to; absent = not known',
      index: 'index of the item that wrote it; absent = as the label says',
    },
    body: 'the text; the last 4 KiB of an item that fails are kept with it',
  },
  progress: {
    to: 'parent',
    meaning: 'How far an item has come, as its function says. A child sends at most about four a second: the latest counts.',
    fields: { run: 'number of the run', index: 'index of the item' },
    body: `any JSON value, of at most ${progressBytes} bytes`,
  },
  wait: {
    to: 'parent',
    meaning:
      'The function waits for nested work, and computes nothing meanwhile: its slot and its credit go to others. A child may do without: it keeps them then.',
    fields: { run: 'number of the run' },
  },
  waited: {
    to: 'parent',
    meaning: 'What the function waited for is there: it goes on when `resume` comes, and says nothing of the run before.',
    fields: { run: 'number of the run' },
  },
  holds: {
    to: 'parent',
    meaning: 'A function is about to acquire a lock: those of this process are renewed from now on, until it ends.',
    fields: { ttlMs: 'the lease of the lock, in milliseconds: it is renewed six times in so long' },
  },
  exit: {
    to: 'parent',
    meaning:
      'Nothing that is finished is left to tell, and the process ends now. A process may also end without it: then what is left runs again, carefully.',
    fields: { running: 'true: the first item that has not been told was running, and is to blame' },
  },
}
