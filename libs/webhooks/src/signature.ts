import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

export interface Signed {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/** A fresh secret of 32 bytes. */
export const newSecret = (): string => prefix + randomBytes(32).toString('base64')

/**
 * The headers of Standard Webhooks 1.0: one signature a secret, so that old and new ones verify while they overlap.
 * @param now milliseconds
 */
export function signed(id: string, body: string, secrets: readonly string[], now: number): Signed {
  const timestamp = String(Math.floor(now / 1000))
  const signatures = secrets.map((secret) => `v1,${mac(secret, `${id}.${timestamp}.${body}`)}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

const mac = (secret: string, text: string): string =>
  createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
    .update(text)
    .digest('base64')
