import type { FastifyInstance } from 'fastify'
import type { Held } from '../held.ts'

/** What is under way may end for so long when the server stops, in milliseconds; then its connections are cut. */
const graceMs = 1000
/** Between two looks for connections that have become idle, in milliseconds. */
const lookMs = 25

/** Stopping: waits are answered with what there is, streams and uploads end, and nobody keeps the server from closing. */
export function addClosing(app: FastifyInstance, held: Held): void {
  let looks: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    held.release()
    const start = performance.now()
    looks = setInterval(() => {
      if (performance.now() - start < graceMs) app.server.closeIdleConnections()
      else app.server.closeAllConnections()
    }, lookMs)
  })
  app.addHook('onClose', async () => clearInterval(looks))
}
