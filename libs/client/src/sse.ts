/** One server-sent event: its type, its data, and the id that a reader goes on from. */
export interface SentEvent {
  type: string
  data: string
  id: string | undefined
}

/** Takes a stream of server-sent events in pieces that are cut anywhere, and gives whole events. Comments are a sign of life, and no events. */
export class SentEvents {
  readonly #decoder = new TextDecoder()
  #rest = ''

  push(piece: Uint8Array): SentEvent[] {
    const blocks = (this.#rest + this.#decoder.decode(piece, { stream: true })).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    return blocks.flatMap((block) => eventOf(block.split('\n')))
  }
}

function eventOf(lines: string[]): SentEvent[] {
  const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  const data = field('data')
  return data === undefined ? [] : [{ type: field('event') ?? 'message', data, id: field('id') }]
}
