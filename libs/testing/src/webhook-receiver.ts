import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** One request that a receiver of webhooks got. */
export interface Received {
  headers: Record<string, string>
  body: string
  /** `performance.now()` of its arrival. */
  at: number
}

/** What it answers: a status, or whatever it likes. */
export type Answer = number | ((response: ServerResponse, message: IncomingMessage) => void)

/** A receiver of webhooks on loopback. */
export interface WebhookReceiver {
  url: string
  received: Received[]
  /** Of those that were answered with 2xx. */
  taken: Received[]
  /** What the next requests are answered with; the last one for all that follow. */
  answers: Answer[]
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** @param port absent = a free one */
export async function webhookReceiver(port = 0): Promise<WebhookReceiver> {
  const [received, taken, answers]: [Received[], Received[], Answer[]] = [[], [], [204]]
  const take = (one: Received, response: ServerResponse, message: IncomingMessage) => {
    received.push(one)
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 204
    if (typeof answer === 'function') return answer(response, message)
    if (answer < 300) taken.push(one)
    response.writeHead(answer).end(answer === 204 ? undefined : `answer ${answer}`)
  }
  const server = createServer(async (message, response) => {
    const at = performance.now()
    const body = await text(message).catch(() => undefined)
    if (body !== undefined) take({ headers: message.headers as Record<string, string>, body, at }, response, message)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return { url, received, taken, answers, stop, [Symbol.asyncDispose]: stop }
}
