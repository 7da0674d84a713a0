import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

// node receiver.ts whsec_... [port]
const [secret = '', port = '4000'] = process.argv.slice(2)
const webhook = new Webhook(secret)
const seen = new Set<string>()

interface Told {
  type: string
  data: { job: { id: string }; result?: unknown }
}

const server = createServer(async (request, response) => {
  const body = await text(request)
  try {
    // throws when somebody else has sent it, when it was changed, or when it is older than five minutes
    const { type, data } = webhook.verify(body, request.headers as Record<string, string>) as Told
    // an answer may be lost: the same event comes again then, with the same id
    const id = String(request.headers['webhook-id'])
    if (!seen.has(id)) console.log(type, data.job.id, JSON.stringify(data.result))
    seen.add(id)
    response.writeHead(204).end()
  } catch (error) {
    console.log('refused:', String(error))
    response.writeHead(400).end()
  }
})
server.listen(Number(port), 'localhost', () => console.log('listens on port', (server.address() as AddressInfo).port))
