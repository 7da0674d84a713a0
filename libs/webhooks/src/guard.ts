import { ProblemError } from '@manyhands/contracts'
import ipaddr from 'ipaddr.js'
import type { WebhookPolicy } from './policy.ts'

/** All addresses of a name. Rejects when there are none. */
export type Lookup = (name: string) => Promise<string[]>

/** Inside what counts as public: the host of an Azure machine, and what stands for an IPv4 address without saying so. */
const inside = [ipaddr.parseCIDR('168.63.129.16/32'), ipaddr.parseCIDR('::/96')]
const loopback = ['127.0.0.1', '::1']

/** The delivery may not be made. The message is for whoever looks at the delivery. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError'
}

/** Refuses what no delivery could ever reach. Throws webhook-url-not-allowed. A name is looked up when it is sent to, not here. */
export function refuseUrl(text: string, policy: WebhookPolicy): void {
  const trouble = troubleOf(text, policy)
  if (trouble === undefined) return
  const errors = [{ pointer: '/webhook/url', detail: trouble }]
  throw new ProblemError('webhook-url-not-allowed', `webhooks may not be sent there: ${trouble}`, { errors })
}

function troubleOf(text: string, policy: WebhookPolicy): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return 'it is no absolute URL; meant is https://host/path'
  const known = addressesIn(hostOf(url))
  // of a name that may turn out to be allowed, only the delivery can tell
  const addresses = known ?? (policy.allow.length > 0 ? undefined : [])
  const form = formTrouble(url)
  if (form !== undefined || addresses === undefined) return form
  return known ? known.map((address) => addressTrouble(url, address, policy)).find(Boolean) : wayTrouble(url, policy)
}

function formTrouble(url: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} is not spoken; meant is https:`
  if (url.username !== '' || url.password !== '') return 'it has a user or a password in it; the signature says who sends'
  return undefined
}

/** How it is sent, when the address is none that is allowed by name. */
function wayTrouble(url: URL, policy: WebhookPolicy): string | undefined {
  if (url.protocol === 'http:' && !policy.http) return 'http: is not allowed here (MANYHANDS_WEBHOOK_HTTP); meant is https:'
  const port = portOf(url)
  const ports = policy.http ? [80, ...policy.ports] : policy.ports
  return ports.includes(port) ? undefined : `port ${port} is not allowed here (MANYHANDS_WEBHOOK_PORTS)`
}

function addressTrouble(url: URL, address: string, policy: WebhookPolicy): string | undefined {
  const place = ipaddr.process(address)
  if (policy.allow.some((range) => isIn(place, range))) return undefined
  if (place.range() !== 'unicast' || inside.some((range) => isIn(place, range))) return `${place} is no public address`
  return wayTrouble(url, policy)
}

const isIn = (place: ipaddr.IPv4 | ipaddr.IPv6, range: [ipaddr.IPv4 | ipaddr.IPv6, number]) =>
  place.kind() === range[0].kind() && place.match(range)

/** The address to connect to: one of the host, all of which were checked. Throws BlockedError; rejects as the lookup does. */
export async function addressFor(url: URL, policy: WebhookPolicy, lookup: Lookup): Promise<string> {
  const form = formTrouble(url)
  if (form !== undefined) throw new BlockedError(form)
  const host = hostOf(url)
  const addresses = addressesIn(host) ?? (await lookup(host))
  for (const address of addresses) checkAddress(url, address, policy)
  const [first] = addresses
  if (first === undefined) throw new Error(`${host} has no address`)
  return first
}

/** Throws BlockedError for an address that may not be reached. */
export function checkAddress(url: URL, address: string, policy: WebhookPolicy): void {
  const trouble = addressTrouble(url, address, policy)
  if (trouble !== undefined) throw new BlockedError(trouble)
}

/** The URL class has read every way to write an IPv4 address already. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

/** The addresses a host can only mean; undefined for a name that has to be looked up. */
function addressesIn(host: string): string[] | undefined {
  if (/(^|\.)localhost\.?$/i.test(host)) return loopback
  return ipaddr.isValid(host) ? [host] : undefined
}

export const portOf = ({ port, protocol }: URL): number => (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port))
