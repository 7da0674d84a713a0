import type { AddressInfo } from 'node:net'

// an import of it loads fetch too, which takes as long as a tenth of the whole start
const { createServer } = process.getBuiltinModule('node:http')

/** A small server that says how the worker is: 200 while it takes tasks, 503 else. */
export interface Health {
  /** Returns the port. */
  start(): Promise<number>
  stop(): Promise<void>
}

export function createHealth(port: number, host: string, look: () => { ok: boolean } & Record<string, unknown>): Health {
  const server = createServer((_, response) => {
    const state = look()
    response.writeHead(state.ok ? 200 : 503, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(state)}\n`)
  })
  return {
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
      })
      return (server.address() as AddressInfo).port
    },
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
