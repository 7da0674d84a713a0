import type { Model } from './linearizable.ts'

const number = (state: number): string => `${state}`

export type CounterInput = { do: 'add'; amount: number } | { do: 'get' }

/** A number: add gives the sum. */
export const counterModel: Model<number, CounterInput, number> = {
  initial: 0,
  step(state, input, output) {
    const next = input.do === 'add' ? state + input.amount : state
    return output === undefined || output === next ? next : undefined
  },
  key: number,
}

export type RegisterInput = { key: string } & (
  | { do: 'set'; value: number }
  | { do: 'get' }
  | { do: 'increment'; amount: number }
  | { do: 'delete' }
)

/** One key of a dict: null = it is not there. */
export const registerModel: Model<number | null, RegisterInput, number | null> = {
  initial: null,
  step(state, input, output) {
    const [next, gives] = registerStep(state, input)
    return output === undefined || output === gives ? next : undefined
  },
  key: (state) => `${state}`,
}

function registerStep(state: number | null, input: RegisterInput): [next: number | null, gives: number | null] {
  if (input.do === 'set') return [input.value, null]
  if (input.do === 'delete') return [null, null]
  if (input.do === 'get') return [state, state]
  const sum = (state ?? 0) + input.amount
  return [sum, sum]
}

export type QueueInput = { do: 'put'; value: number } | { do: 'get' }

/** FIFO; get gives null when there is nothing. */
export const queueModel: Model<readonly number[], QueueInput, number | null> = {
  initial: [],
  step(state, input, output) {
    if (input.do === 'put') return [...state, input.value]
    const [first = null, ...rest] = state
    return output === undefined || output === first ? rest : undefined
  },
  key: (state) => state.join(' '),
}

export type LockInput = { do: 'acquire' | 'release'; by: number }

/** Who has it. acquire gives whether it did; a release by another does nothing. */
export const lockModel: Model<number | null, LockInput, boolean> = {
  initial: null,
  step(state, { do: what, by }, output) {
    if (what === 'release') return state === by ? null : state
    const gets = state === null
    if (output !== undefined && output !== gets) return undefined
    return gets ? by : state
  },
  key: (state) => `${state}`,
}
