import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../apps/api/src/main.ts', import.meta.url))

interface Line {
  time: string
  msg: string
  err?: { message: string }
}

test('an API without Redis says where none answers, and each trouble at most once a second', async () => {
  const env = { PATH: process.env.PATH ?? '', REDIS_URL: 'redis://me:secret@127.0.0.1:1', PORT: '0' }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise((resolve) => child.once('close', resolve))
  const texts: string[] = []
  for await (const text of createInterface({ input: child.stderr })) {
    texts.push(text)
    if (text.includes('the API listens')) child.kill('SIGTERM')
  }
  await exited
  const lines = texts.map((text) => JSON.parse(text) as Line)
  expect(lines.map(({ msg }) => msg)).toContain('no Redis answers at 127.0.0.1:1 yet: until one does, requests are answered with 503')
  const refused = lines.filter(({ err }) => err?.message.includes('ECONNREFUSED'))
  expect(refused.length).toBeGreaterThan(1)
  const apart = refused.slice(1).map(({ time }, i) => Date.parse(time) - Date.parse(refused[i]?.time ?? ''))
  // the clock of the log is another one
  expect(Math.min(...apart)).toBeGreaterThan(950)
  expect(new Set(refused.map(({ msg }) => msg))).toEqual(new Set(['trouble with Redis at 127.0.0.1:1; it is tried again']))
  expect(texts.join()).not.toContain('secret')
})
