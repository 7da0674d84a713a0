import { type ApplyCall, type MapBody, type NewSchedule, ProblemError } from '@manyhands/contracts'
import type { Submission } from '@manyhands/jobs'
import { optionsOf } from '../../input/submission.ts'

type Work = { submission: Submission; lines: string[] }

const kinds = ['apply', 'map', 'starmap'] as const

/** What a schedule submits at each tick. Throws invalid-parameter. */
export function recurringWork(fields: NewSchedule): Work {
  const [kind, second] = kinds.filter((name) => fields[name] !== undefined)
  const errors = [{ pointer: '', detail: 'one of apply, map and starmap' }]
  if (kind === undefined || second !== undefined)
    throw new ProblemError('invalid-parameter', 'a schedule fires one of apply, map and starmap', { errors })
  const work = fields[kind] as ApplyCall & MapBody
  if (work.id !== undefined) throw refused(`/${kind}/id`, 'the jobs of a schedule have ids of their own, made of its id and the tick')
  if (work.parent !== undefined) throw refused(`/${kind}/parent`, 'no item submits the jobs of a schedule: they have no parent')
  const common = { kind, pool: fields.pool ?? 'default', function: work.function, options: optionsOf(work), wire: 'plain' } as const
  return kind === 'apply' ? applyWork(common, work) : mapWork(common, work)
}

const refused = (pointer: string, detail: string) => new ProblemError('invalid-parameter', detail, { errors: [{ pointer, detail }] })

function applyWork(submission: Submission, { args = [], kwargs = {} }: ApplyCall): Work {
  const line = JSON.stringify(Object.keys(kwargs).length > 0 ? [...args, kwargs] : args)
  return { submission, lines: [line] }
}

function mapWork(submission: Submission, { args = [], items }: MapBody): Work {
  const constants = args.length > 0 ? JSON.stringify(args) : undefined
  return { submission: { ...submission, constants, length: items.length }, lines: items.map((item) => JSON.stringify(item)) }
}
