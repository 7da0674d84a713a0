import { shown } from './checks.ts'
import { ValueError } from './errors.ts'

const schemes = new Set(['http:', 'https:'])
/** `localhost:3000`: what people write who mean http. */
const bareHost = /^[\w.-]+(:\d+)?(\/|$)/

/**
 * The API's address as requests begin with it: without a slash at its end. Throws ValueError, under the `name` of what said it, for one that
 * no request would ever reach: to try those again is to wait for nothing.
 */
export function addressOf(said: string, name: string): string {
  const url = parse(said)
  if (!url || !schemes.has(url.protocol)) throw new ValueError(`${name} is ${shown(said)}; ${meantBy(said)}`)
  if (url.username || url.password)
    throw new ValueError(`${name} has a user name or a password in it, which fetch refuses; apiKey is for those`)
  if (url.search || url.hash) throw new ValueError(`${name} is ${shown(said)}; meant is an address without ${url.search || url.hash}`)
  const address = said.replace(/\/+$/, '')
  if (address.endsWith('/v1')) throw new ValueError(`${name} is ${shown(said)}; meant is an address without the /v1 of its routes`)
  return address
}

/** In a browser an address may begin where the page's does: `/api`. */
function parse(said: string): URL | null {
  const { location } = globalThis as { location?: { href: string } }
  return URL.parse(said, location?.href)
}

function meantBy(said: string): string {
  return bareHost.test(said) ? `did you mean http://${said}?` : 'meant is an address such as http://127.0.0.1:3000'
}
