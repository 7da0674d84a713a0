import { expect, test, vi } from 'vitest'
import { refuseExec, workerSettings } from './worker-program.ts'

test('a program of its own needs no functions, and takes them along when there are', () => {
  expect(workerSettings({ exec: 'python3 child.py' })).toMatchObject({ exec: ['python3', 'child.py'], functions: undefined })
  const both = workerSettings({ exec: 'python3 child.py', functions: '/a/b.py' })
  expect(both).toMatchObject({ exec: ['python3', 'child.py'], functions: '/a/b.py' })
})

test('without one there have to be functions', () => {
  expect(() => workerSettings({ functions: '/no/such/folder' })).toThrow('There is no /no/such/folder')
})

test('what is for Node is refused beside another program', () => {
  expect(() => workerSettings({ exec: 'python3 child.py', import: ['tsx'] })).toThrow('--import is for Node, and python3 child.py runs')
})

test('commands that run functions on Node do not pass over MANYHANDS_EXEC', () => {
  vi.stubEnv('MANYHANDS_EXEC', 'python3 child.py')
  const settings = workerSettings({})
  vi.unstubAllEnvs()
  expect(() => refuseExec(settings, 'npm start')).toThrow(
    'npm start runs functions on Node, and would pass over MANYHANDS_EXEC=python3 child.py',
  )
  expect(() => refuseExec({ ...settings, exec: undefined }, 'npm start')).not.toThrow()
})
