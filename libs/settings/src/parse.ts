import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { namePattern, webhookSecretPattern } from '@manyhands/contracts'

/** Reads the text of a setting. Throws Error whose message completes "meant is ...". */
export type Parse<T> = (text: string) => T

export const text: Parse<string> = (value) => value

/** An absolute path, seen from the working folder. */
export const absolutePath: Parse<string | undefined> = (value) => resolve(value)

export function wholeNumber(least: number, most: number): Parse<number> {
  return (value) => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least && number <= most) return number
    throw new Error(`a whole number from ${least} to ${most}`)
  }
}

/** A size, at most 2 GiB (the longest buffer that stays comfortable in Node). */
export const bytes = wholeNumber(1, 2 ** 31)

export function oneOf<const T extends string>(words: readonly T[]): Parse<T> {
  return (value) => {
    const found = words.find((word) => word === value)
    if (found !== undefined) return found
    throw new Error(`one of ${words.join(', ')}`)
  }
}

export const name: Parse<string> = (value) => {
  if (new RegExp(namePattern).test(value)) return value
  throw new Error('1 to 64 letters, digits, dots, dashes or underscores, with a letter or digit first')
}

/** Several, with commas between them. @param of what they are */
export function list<T>(parse: Parse<T>, of: string): Parse<readonly T[]> {
  return (value) => {
    try {
      return Object.freeze(value.split(',').map((one) => parse(one.trim())))
    } catch (error) {
      throw new Error(`${of} separated by commas, each ${(error as Error).message}`)
    }
  }
}

function cidr(value: string): string {
  const [address = '', bits = ''] = value.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1
  if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) return value
  throw new Error('an address and its bits, such as 10.0.0.0/8 or fd00::/8')
}

/** Ranges of addresses. */
export const cidrs = list(cidr, 'ranges')

export const webhookSecret: Parse<string | undefined> = (value) => {
  if (new RegExp(webhookSecretPattern).test(value)) return value
  throw new Error('whsec_ and 24 to 64 bytes in base64')
}

/** Without a slash at its end. */
export const publicUrl: Parse<string | undefined> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '')
    return url.href.replace(/\/+$/, '')
  throw new Error('an URL such as https://hands.example.com')
}

const redisUrls = [/^rediss?:\/\/[^/\s]+(\/\d+)?$/, /^unix:\/\S+$/, /^redis\+sentinel:\/\/[^/\s]+\/[^/\s]+$/]

const isRedis = (url: string): boolean => redisUrls.some((pattern) => pattern.test(url))

/** Of independent Redis that vote for locks. */
export const lockNodes: Parse<readonly string[]> = (value) => {
  const urls = value.split(',').map((url) => url.trim())
  const areFit = [3, 5].includes(urls.length) && new Set(urls).size === urls.length && urls.every((url) => isRedis(url))
  if (areFit) return Object.freeze(urls)
  throw new Error('the URLs of 3 or 5 different Redis, separated by commas: an even number protects no better than one less')
}

export const redisUrl: Parse<string> = (value) => {
  if (isRedis(value)) return value
  throw new Error('redis://host:port, rediss://host:port, unix:/path or redis+sentinel://host:port,host:port/master')
}
