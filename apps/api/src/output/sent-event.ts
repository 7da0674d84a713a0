/** One server-sent event. `id`: where a reader goes on from. */
export function sentEvent(type: string, data: object, id?: number | string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A comment: a sign of life, and no event. */
export const signOfLife = ': \n\n'
export const eventStream = 'text/event-stream'
