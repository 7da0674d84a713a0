import { defaultWebhookEvents, isEnded, type Job, ProblemError } from '@manyhands/contracts'
import { functionNames, type Made, type NewJob, type OpenReply, openJobs } from '@manyhands/job-store'
import { type Block, closest } from '@manyhands/planning'
import type { ResultPart, Submission, Submitted, SubmitWait } from './api.ts'
import { defaultTtlMs, dispatch, type JobsContext } from './context.ts'
import { earlyTask, noteCredit } from './early.ts'
import { newJobId } from './job-id.ts'
import { toJob } from './job-record.ts'
import { getJob, waitForJob } from './look.ts'
import { parentRefused } from './parent.ts'
import { poolClosed } from './pools.ts'
import { trimmed } from './results.ts'
import { refuseWhenFull } from './room.ts'
import { noSuchSession } from './sessions.ts'
import { type Watch, watchJob } from './waiting.ts'

type Opened = Extract<OpenReply, { type: 'ok' }>

/** How much of the input is there when the record is made. */
export interface InputPlan {
  blocks: Block[]
  ended: boolean
  hold: boolean
  loaderMs: number
  /** The job's id; absent = a new one. */
  id?: string
  /** Of a retry: original index of each item. */
  origin?: number[]
  retryOf?: string
}

/** Input in hand: all or nothing. With `wait`: once the job has ended, or the time is over. */
export async function submit(context: JobsContext, submission: Submission, blocks: Block[], wait?: SubmitWait): Promise<Submitted> {
  refuseTooMany(context, blocks)
  const plan = { blocks, ended: true, hold: false, loaderMs: 0, id: newJobId(context.store.group, submission.options.id) }
  if (!wait) return openOne(context, submission, plan)
  // registered before the job is there: its end cannot be missed
  const watch = watchJob(context, plan.id, { endOnly: true, signal: wait.signal })
  try {
    const opened = await openOne(context, submission, plan)
    if (opened.replayed) return { ...opened, job: await waitForJob(context, opened.job.id, wait.ms, wait.signal) }
    return await outcomeOf(context, opened, submission, watch, wait)
  } finally {
    watch.done()
  }
}

async function outcomeOf(
  context: JobsContext,
  opened: Submitted,
  submission: Submission,
  watch: Watch,
  { ms, signal }: SubmitWait,
): Promise<Submitted> {
  const end = performance.now() + ms
  let { job } = opened
  while (!isEnded(job.state) && !signal.aborted && performance.now() < end) {
    await watch.news(end - performance.now())
    if (watch.only !== undefined) {
      const results = { wire: submission.wire, parts: [partOf(watch.only)] }
      return { ...opened, job: { ...job, state: 'succeeded' }, results }
    }
    job = await getJob(context, job.id)
  }
  return { ...opened, job }
}

/** The only part of a job, as it came with the news. */
function partOf(stored: string): ResultPart {
  return trimmed({ from: 0, to: 1, position: 0, bytes: Buffer.from(stored) }, 0)
}

/** Many applies at once: each its own job, all of them or none. */
export function submitMany(context: JobsContext, calls: { submission: Submission; line: Buffer }[]): Promise<Submitted[]> {
  const plan = (line: Buffer): InputPlan => ({ blocks: [oneLine(line)], ended: true, hold: false, loaderMs: 0 })
  return openAll(
    context,
    calls.map(({ submission, line }) => ({ submission, plan: plan(line) })),
  )
}

/** Opens one job, or finds the one that the same Idempotency-Key made. */
export async function openOne(context: JobsContext, submission: Submission, plan: InputPlan): Promise<Submitted> {
  const [opened] = await openAll(context, [{ submission, plan }])
  return opened as Submitted
}

/** Opens jobs of one pool, all of them or none; or finds those that the same Idempotency-Key made. */
async function openAll(context: JobsContext, wanted: { submission: Submission; plan: InputPlan }[]): Promise<Submitted[]> {
  await refuseWhenFull(context)
  for (const { submission } of wanted) await refuseUntellable(context, submission)
  const pool = wanted[0]?.submission.pool ?? 'default'
  const jobs = wanted.map(({ submission, plan }) => newJob(context, submission, plan))
  // an id that the caller chose may be another job's
  const isOwn = wanted.some(({ submission }) => submission.options.id !== undefined)
  const early = isOwn ? undefined : earlyTask(context, pool, jobs)
  const opening = openJobs(context.store, pool, jobs, {
    maxLive: context.limits.openJobs,
    maxDepth: context.limits.depth,
    early: early !== undefined,
  })
  if (early) dispatch(context, [early])
  const reply = await opening
  if (reply.type === 'replay') return Promise.all(reply.made.map((made, i) => replayed(context, wanted[i]?.submission, made)))
  const opened = await openedOrThrow(context, pool, reply)
  noteCredit(context, pool, opened.free)
  dispatch(
    context,
    opened.tasks.filter((task) => task.id !== early?.id),
  )
  for (const { submission } of wanted) dueOf(submission).forEach(context.onDue)
  return jobs.map((job, i) => ({ job: freshJob(pool, job, opened, i), replayed: false }))
}

const dueOf = ({ options: { deadlineMs, delayMs } }: Submission) => [deadlineMs, delayMs].filter((ms) => ms !== undefined)

/** The reply of jobs that were opened; any other one is the caller's error. */
async function openedOrThrow(context: JobsContext, pool: string, reply: Exclude<OpenReply, { type: 'replay' }>): Promise<Opened> {
  switch (reply.type) {
    case 'ok':
      return reply
    case 'taken':
      throw new ProblemError('job-id-taken', `a job ${reply.id} exists; meant is an id that is free, or an Idempotency-Key`)
    case 'no-session':
      throw noSuchSession(reply.id)
    case 'no-parent':
    case 'parent-ended':
    case 'daemonic-parent':
    case 'too-deep':
      throw parentRefused(reply, context.limits.depth)
    case 'pool-closed':
      throw poolClosed(pool, reply.state)
    case 'quota':
      throw new ProblemError('quota-exceeded', `${reply.live} jobs are live; the limit is ${context.limits.openJobs}`, { retryAfter: 1 })
    case 'unknown-function':
      throw await unknownFunction(context, reply.name)
  }
}

/** What is to happen at its end could not. */
async function refuseUntellable(context: JobsContext, submission: Submission): Promise<void> {
  const { then, webhook } = submission.options
  if (then) await refuseFollower(context, submission)
  if (webhook) await context.acceptWebhook?.(webhook)
}

/** What follows a job needs its results, and a function that somebody has. */
async function refuseFollower(context: JobsContext, { options: { results = 'keep', then } }: Submission): Promise<void> {
  if (results !== 'keep') throw new ProblemError('invalid-parameter', `then needs the results: results=${results} does not keep them`)
  if (then) await refuseUnknown(context, then.function)
}

/** Throws function-not-found for a name that nobody has ever registered. */
export async function refuseUnknown(context: JobsContext, name: string): Promise<void> {
  const names = await functionNames(context.store)
  if (!names.includes(name)) throw await unknownFunction(context, name)
}

async function unknownFunction(context: JobsContext, name: string): Promise<ProblemError> {
  const names = await functionNames(context.store)
  const meant = closest(name, names)
  return new ProblemError(
    'function-not-found',
    unknownText(name, meant, names.length),
    meant === undefined ? {} : { extra: { didYouMean: meant } },
  )
}

function unknownText(name: string, meant: string | undefined, known: number): string {
  if (known === 0) return `no worker has registered any function yet, so none has ${name}: start a worker, or wait until it is up`
  const hint = meant === undefined ? 'GET /v1/functions lists those that are known' : `did you mean ${meant}?`
  return `no worker has ever registered a function ${name}; ${hint}`
}

async function replayed(context: JobsContext, submission: Submission | undefined, made: Made): Promise<Submitted> {
  if (made.id === '')
    throw new ProblemError('not-found', 'a job that this Idempotency-Key made has been forgotten; a new request needs a key of its own')
  if (made.fingerprint !== submission?.idempotency?.fingerprint) {
    throw new ProblemError(
      'idempotency-key-reused',
      'this Idempotency-Key was used for another request; a new request needs a key of its own',
    )
  }
  const job = await getJob(context, made.id)
  if (job.state === 'loading' && submission.length === undefined && !submission.open) {
    throw new ProblemError('idempotency-in-progress', 'the first request with this Idempotency-Key still runs', { retryAfter: 1 })
  }
  return { job, replayed: true }
}

function newJob(context: JobsContext, submission: Submission, plan: InputPlan): NewJob {
  const { options } = submission
  return {
    id: plan.id ?? newJobId(context.store.group, options.id),
    fields: { ...recordFields(submission), retryOf: plan.retryOf },
    blocks: plan.blocks,
    ended: plan.ended,
    hold: plan.hold,
    loaderMs: plan.loaderMs,
    length: submission.length,
    origin: plan.origin,
    idempotency: submission.idempotency,
  }
}

function recordFields({ kind, pool, function: name, options, constants, wire, process }: Submission): NewJob['fields'] {
  return {
    kind,
    function: name,
    wire,
    constants,
    results: options.results ?? 'keep',
    resultTtlMs: options.resultTtlMs ?? defaultTtlMs,
    chunkSize: options.chunkSize,
    attempts: options.attempts,
    backoff: options.backoff && JSON.stringify(options.backoff),
    retryOn: options.retryOn && JSON.stringify(options.retryOn),
    noRetryOn: options.noRetryOn && JSON.stringify(options.noRetryOn),
    timeoutMs: options.timeoutMs,
    deadlineMs: options.deadlineMs,
    priority: options.priority,
    delayMs: options.delayMs,
    session: options.session,
    notify: options.notify,
    parent: options.parent,
    then: options.then && JSON.stringify({ pool, ...options.then }),
    webhook: options.webhook && JSON.stringify({ events: defaultWebhookEvents, ...options.webhook }),
    tells: tellsOf(options),
    maxFailures: options.maxFailures,
    labels: options.labels && JSON.stringify(options.labels),
    name: process?.name,
    daemon: process?.daemon ? 1 : undefined,
  }
}

/** What the engine notes for webhooks: the end, or how far the job is as well. */
function tellsOf({ webhook }: Submission['options']): 'end' | 'progress' | undefined {
  return webhook && (webhook.events?.includes('job.progress') ? 'progress' : 'end')
}

/** The job as it was just written: what a look would answer, without the round trip. */
function freshJob(pool: string, job: NewJob, opened: Opened, i: number): Job {
  const { total = 0, state = '' } = opened.jobs[i] ?? {}
  const given = Object.entries(job.fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  const ended = state === 'succeeded' ? { finishedAt: String(opened.at), stoppedAt: String(opened.at) } : {}
  const record: Record<string, string> = {
    ...Object.fromEntries(given),
    ...ended,
    pool,
    state,
    total: String(total),
    input: job.ended ? 'ended' : 'open',
    createdAt: String(opened.at),
    bytesIn: String(job.blocks.reduce((sum, block) => sum + block.text.length, 0)),
  }
  return toJob({
    id: job.id,
    record,
    faults: {},
    firstFailed: '',
    workers: opened.workers,
    free: Math.max(1, opened.free),
    heldBack: '',
    now: opened.at,
  })
}

function refuseTooMany(context: JobsContext, blocks: Block[]): void {
  const items = blocks.reduce((sum, block) => sum + block.count, 0)
  if (items > context.limits.items)
    throw new ProblemError('too-many-items', `the map has ${items} items; the limit is ${context.limits.items}`)
}

function oneLine(line: Buffer): Block {
  return { text: Buffer.concat([line, Buffer.from('\n')]), count: 1, table: Buffer.alloc(4) }
}
