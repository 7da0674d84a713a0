import { expect, test } from 'vitest'
import { explainListening, SettingsError } from './index.ts'

const explained = (code: string) => explainListening(Object.assign(new Error('x'), { code }), { host: 'h' }, { setting: 'PORT', value: 80 })

test.each([
  ['EADDRINUSE', 'Port 80 of h is taken by another program. End that one, or choose another port: PORT=81'],
  ['EADDRNOTAVAIL', 'HOST is "h", which is not an address of this machine; meant is an address'],
  ['ENOTFOUND', 'HOST is "h", a name that does not resolve; meant is an address'],
  ['EAI_AGAIN', 'HOST is "h", a name that does not resolve; meant is an address'],
])('%s is a sentence', (code, sentence) => {
  expect(explained(code)).toBeInstanceOf(SettingsError)
  expect((explained(code) as Error).message).toContain(sentence)
})

test('what is not about the settings stays as it is', () => {
  expect(explained('EMFILE')).not.toBeInstanceOf(SettingsError)
  expect(explainListening('odd', { host: 'h' }, { setting: 'PORT', value: 1 })).toBe('odd')
})
