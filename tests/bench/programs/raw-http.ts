/** A keep-alive HTTP/1.1 connection that costs the load generator next to nothing: requests are bytes made once, answers are cut by Content-Length. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'

export interface Answer {
  status: number
  body: string
}

interface Waiting {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

export class RawConnection {
  readonly #socket: Socket
  #waiting: Waiting | undefined
  #received = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (piece: string) => this.#take(piece))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open(url: URL): Promise<RawConnection> {
    const socket = connect(Number(url.port), url.hostname)
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  /** One exchange at a time. Rejects when the connection ends first, or the answer has no Content-Length. */
  exchange(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(piece: string): void {
    this.#received += piece
    const head = this.#received.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, head))?.[1]
    if (length === undefined) this.#fail(new Error(`an answer without Content-Length: ${this.#received.slice(0, head)}`))
    else this.#cut(head + 4, head + 4 + Number(length))
  }

  /** Hands out the answer once its body `[from, to)` is complete. */
  #cut(from: number, to: number): void {
    if (this.#received.length < to) return
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(from, to) }
    this.#received = this.#received.slice(to)
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(answer)
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}

/** The bytes of a POST with a JSON body. */
export function post(url: URL, path: string, body: string, headers: Record<string, string> = {}): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
