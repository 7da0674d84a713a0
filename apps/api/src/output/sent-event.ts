/** One server-sent event. `id`: where a reader goes on from. */
export function sentEvent(type: string, data: object, id?: number | string): string {
  return sentText(type, JSON.stringify(data), id)
}

/** The same, of data that is text already. @param text on one line */
export function sentText(type: string, text: string, id?: number | string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${text}\n\n`
}

/** A comment: a sign of life, and no event. */
export const signOfLife = ': \n\n'
export const eventStream = 'text/event-stream'
