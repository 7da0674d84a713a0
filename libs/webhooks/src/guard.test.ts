import { ProblemError } from '@manyhands/contracts'
import { describe, expect, test } from 'vitest'
import { addressFor, BlockedError, refuseUrl } from './guard.ts'
import { rangesOf, type WebhookPolicy } from './policy.ts'

const strict: WebhookPolicy = { http: false, ports: [443], allow: [], secret: undefined, delaysMs: [], publicUrl: undefined }
const codeOf = (url: string, policy = strict) => {
  try {
    refuseUrl(url, policy)
    return 'taken'
  } catch (error) {
    return error instanceof ProblemError ? error.code : String(error)
  }
}
const refused = 'webhook-url-not-allowed'

/** Attack 11, and every other way to write an inside address. */
const hostForms = [
  '127.1',
  '0x7f000001',
  '2130706433',
  '017700000001',
  '127.0.0.1.',
  '[::1]',
  '[::ffff:a9fe:a9fe]',
  '[::7f00:1]',
  '[::ffff:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[fe80::1]',
  '[fc00::1]',
  '[2002:7f00:1::]',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '168.63.129.16',
  '224.0.0.1',
  '255.255.255.255',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
]

describe('attack 11: refused at submit', () => {
  test.each(hostForms)('https://%s', (host) => {
    expect(codeOf(`https://${host}/hook`)).toBe(refused)
  })

  test.each([
    'http://example.com/hook',
    'https://user:pw@example.com/',
    'https://user@example.com/',
    'https://example.com:6379/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'example.com/hook',
    '',
    'https://',
  ])('%s', (url) => expect(codeOf(url)).toBe(refused))

  test('public hosts are taken', () => {
    for (const url of ['https://example.com/hook', 'https://example.com:443/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/'])
      expect(codeOf(url)).toBe('taken')
  })

  test('every complaint says what is wrong', () => {
    expect(() => refuseUrl('https://127.1/', strict)).toThrow('127.0.0.1 is no public address')
    expect(() => refuseUrl('https://example.com:6379/', strict)).toThrow('port 6379 is not allowed here (MANYHANDS_WEBHOOK_PORTS)')
    expect(() => refuseUrl('http://example.com/', strict)).toThrow('MANYHANDS_WEBHOOK_HTTP')
  })
})

describe('the operator allows more', () => {
  test('http, on port 80', () => {
    expect(codeOf('http://example.com/', { ...strict, http: true })).toBe('taken')
    expect(codeOf('http://127.0.0.1/', { ...strict, http: true })).toBe(refused)
  })

  test('ports', () => expect(codeOf('https://example.com:8443/', { ...strict, ports: [443, 8443] })).toBe('taken'))

  test('a range: that one only, by http too and on any port', () => {
    const own = { ...strict, allow: rangesOf(['10.1.0.0/16']) }
    expect(codeOf('http://10.1.2.3:8080/', own)).toBe('taken')
    expect(codeOf('https://10.2.0.1/', own)).toBe(refused)
    // a name may turn out to be in it
    expect(codeOf('http://inside.example:8080/', own)).toBe('taken')
  })

  test('this machine', () => {
    const own = { ...strict, allow: rangesOf(['127.0.0.0/8', '::1/128']) }
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]']) expect(codeOf(`http://${host}:4000/`, own)).toBe('taken')
    expect(codeOf('http://10.0.0.1/', own)).toBe(refused)
  })
})

describe('attack 12: at delivery every address of a name is checked', () => {
  const at = (...addresses: string[]) => addressFor(new URL('https://rebound.example/'), strict, async () => addresses)

  test('the first public one is connected to', async () => expect(await at('93.184.215.14', '2606:4700::1111')).toBe('93.184.215.14'))

  test.each([[['127.0.0.1']], [['93.184.215.14', '127.0.0.1']], [['93.184.215.14', '::1']], [['93.184.215.14', '::ffff:169.254.169.254']]])(
    '%j',
    async (addresses) => {
      await expect(at(...addresses)).rejects.toThrow(BlockedError)
    },
  )

  test('a name that is allowed only by its address needs that address', async () => {
    const own = { ...strict, allow: rangesOf(['10.1.0.0/16']) }
    const url = new URL('http://inside.example:8080/')
    expect(await addressFor(url, own, async () => ['10.1.0.1'])).toBe('10.1.0.1')
    await expect(addressFor(url, own, async () => ['93.184.215.14'])).rejects.toThrow('http: is not allowed here')
  })
})
