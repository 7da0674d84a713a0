import { type Job, ProblemError } from '@manyhands/contracts'
import type { OpenReply } from '@manyhands/job-store'

type Refusal = Extract<OpenReply, { type: 'no-parent' | 'parent-ended' | 'daemonic-parent' | 'too-deep' }>

/** Why a job may not be submitted from inside another one. */
export function parentRefused(reply: Refusal, limit: number): ProblemError {
  if (reply.type === 'no-parent')
    return new ProblemError('parent-not-found', `there is no job ${reply.job} to be the parent; meant is the job that submits this one`)
  if (reply.type === 'parent-ended')
    return new ProblemError('parent-ended', `the parent ${reply.job} has ended: nobody would wait for this job`)
  if (reply.type === 'daemonic-parent')
    return new ProblemError('daemonic-parent', `daemonic processes are not allowed to have children, and ${reply.job} is one`)
  return new ProblemError(
    'nested-too-deep',
    `maximum depth exceeded: this job would be ${reply.depth} levels below the first; the limit is ${limit} (MANYHANDS_MAX_DEPTH)`,
  )
}

/** `<job>/<index>` in words. */
export function parentOf(path: string): NonNullable<Job['parent']> {
  const [job = '', index] = path.split('/')
  return { job, index: Number(index) }
}
