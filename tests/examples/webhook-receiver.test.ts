import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eventually, testRedis } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { startStack } from '../stack.ts'

const redis = testRedis()
const program = fileURLToPath(new URL('../../examples/webhook-receiver/receiver.ts', import.meta.url))
const secretOf = (word: string) => `whsec_${Buffer.from(word.repeat(8)).toString('base64')}`

test('the receiver prints what is signed with its secret, once, and refuses the rest', async () => {
  const receiver = spawn(process.execPath, [program, secretOf('mine'), '0'])
  onTestFinished(() => void receiver.kill())
  let printed = ''
  receiver.stdout.on('data', (text) => (printed += text))
  const port = await eventually(() => /port (\d+)/.exec(printed)?.[1] ?? false)
  const settings = { MANYHANDS_WEBHOOK_ALLOW: '127.0.0.0/8,::1/128', MANYHANDS_WEBHOOK_DELAYS_MS: '600000' }
  const stack = await startStack({ redisUrl: redis.url, settings })
  onTestFinished(() => stack.stop())
  const told = (secret: string) =>
    stack.json('POST', '/v1/pools/default/apply', { function: 'square', args: [5], webhook: { url: `http://localhost:${port}/`, secret } })
  const job = await told(secretOf('mine'))
  await eventually(() => printed.includes(`job.succeeded ${job.id} {"value":25}`))
  await told(secretOf('other'))
  await eventually(() => printed.includes('refused: '))
  const { deliveries } = await stack.json<{ deliveries: { id: string; job: string }[] }>('GET', `/v1/webhook-deliveries?job=${job.id}`)
  await stack.json('POST', `/v1/webhook-deliveries/${deliveries[0]?.id}/redeliver`)
  await eventually(async () => {
    const { attempts } = await stack.json<{ attempts: unknown[] }>('GET', `/v1/webhook-deliveries/${deliveries[0]?.id}`)
    return attempts.length === 2
  })
  expect(printed.match(/job\.succeeded/g)).toHaveLength(1)
})
