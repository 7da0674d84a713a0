import { limits } from '@manyhands/contracts'
import type { FastifyRequest } from 'fastify'

const wait = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i

/** Seconds of `Prefer: wait=N` (RFC 7240), at most 30; undefined without one. A preference that is not understood is passed over. */
export function preferredWait(request: FastifyRequest): number | undefined {
  const { prefer } = request.headers
  const match = prefer === undefined ? null : wait.exec(String(prefer))
  return match ? Math.min(limits.waitSeconds, Number(match[1])) : undefined
}

/** Whether the caller takes this media type by name. */
export function accepts(request: FastifyRequest, type: string): boolean {
  const { accept } = request.headers
  return accept?.split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === type) ?? false
}
