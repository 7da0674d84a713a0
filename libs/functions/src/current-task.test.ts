import { expect, test } from 'vitest'
import type { Task } from './current-task.ts'
import { currentTask, taskStorage } from './current-task.ts'

const line = () => undefined
const task: Task = {
  id: 'default~a',
  index: 3,
  attempt: 1,
  signal: new AbortController().signal,
  process: { name: 'PoolWorker-1', pid: 1 },
  get hands(): never {
    throw new Error('there is no fleet here')
  },
  log: { debug: line, info: line, warn: line, error: line },
  progress: line,
}

test('outside a function there is no task', () => {
  expect(() => currentTask()).toThrow('currentTask() works only inside a function')
})

test('two copies of the package agree', async () => {
  const copy: typeof import('./current-task.ts') = await import('./current-task.ts?copy' as string)
  expect(copy.currentTask).not.toBe(currentTask)
  await taskStorage().run({ task: () => task }, async () => {
    await Promise.resolve()
    expect(copy.currentTask()).toBe(task)
  })
})
