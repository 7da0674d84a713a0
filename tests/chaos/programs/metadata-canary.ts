import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { rangesOf, send, type WebhookPolicy } from '@manyhands/webhooks'

/** In a network of its own, where 169.254.169.254 is a canary: tries to reach it, and prints how it went and how many sockets came. */
const { positionals } = parseArgs({ allowPositionals: true })
const policy: WebhookPolicy = {
  http: true,
  ports: [80, 443],
  allow: rangesOf(['127.0.0.1/32']),
  secret: undefined,
  delaysMs: [],
  publicUrl: undefined,
}
let sockets = 0
const canary = createServer((socket) => {
  sockets++
  socket.destroy()
}).listen(80, '169.254.169.254', async () => {
  const errors: (string | null)[] = []
  for (const host of positionals) {
    const letter = { url: `http://${host}/latest/meta-data/`, headers: {}, body: '{}' }
    errors.push((await send(letter, policy, async () => ['169.254.169.254'], 2000)).error)
  }
  process.stdout.write(JSON.stringify({ errors, sockets }))
  canary.close()
})
