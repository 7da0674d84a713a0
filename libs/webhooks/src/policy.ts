import ipaddr from 'ipaddr.js'

/** Who may be reached, and how. */
export interface WebhookPolicy {
  /** Whether http:// may be used, on port 80. Addresses of `allow` may be reached by it in any case. */
  http: boolean
  ports: readonly number[]
  /** Ranges that may be reached though they are inside, on any port. */
  allow: readonly Range[]
  /** Signs for jobs that have no secret of their own. */
  secret: string | undefined
  /** Waits between tries, in milliseconds. */
  delaysMs: readonly number[]
  /** Where callers reach the API; absent = nothing links to it. */
  publicUrl: string | undefined
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** @param cidrs such as 10.0.0.0/8 */
export const rangesOf = (cidrs: readonly string[]): Range[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr))
