import { resolve } from 'node:path'
import { namePattern } from '@manyhands/contracts'

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
