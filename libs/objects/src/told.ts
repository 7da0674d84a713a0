import { encode } from '@manyhands/contracts/wire'
import { type TypeCode, unpack } from './codes.ts'
import type { Kind, Method } from './method.ts'

const utf8 = new TextDecoder()

/** What is left of a call's words. */
interface Words {
  next(): Uint8Array
  /** So many, as text. */
  texts(count: number): string[]
  code: TypeCode | undefined
}

/**
 * A call's arguments as whoever watches is told of them: JSON with tags, from the words that a script was given (`lower`, the other way). Numbers
 * of a C type are numbers again; who called, and under which token, is nobody else's business: null.
 */
export function toldArguments({ takes }: Method, lowered: readonly Uint8Array[]): string {
  const words = wordsOf(lowered)
  const isOne = Object.hasOwn(takes, 'index')
  const told = Object.values(takes).flatMap((kind) => toldOne(kind, words, isOne))
  return `[${told.join(',')}]`
}

function wordsOf(lowered: readonly Uint8Array[]): Words {
  let at = 0
  const next = () => lowered[at++] ?? new Uint8Array()
  return { next, texts: (count) => Array.from({ length: count }, () => utf8.decode(next())), code: undefined }
}

function toldOne(kind: Kind, words: Words, isOne: boolean): string[] {
  const word = words.next()
  const text = () => utf8.decode(word)
  switch (kind.replace('?', '')) {
    case 'values':
      return [`[${words.texts(Number(text())).join(',')}]`]
    case 'entries':
      return [`[${pairsOf(words.texts(Number(text()))).join(',')}]`]
    case 'code':
      words.code = text() as TypeCode
      return []
    case 'bytes':
      return [toldNumbers(word, words.code, isOne)]
    case 'flag':
      return [String(text() === '1')]
    case 'value':
    case 'number':
    case 'integer':
    case 'ms':
      return [text() === '' ? 'null' : text()]
    default:
      return ['null']
  }
}

function toldNumbers(bytes: Uint8Array, code: TypeCode | undefined, isOne: boolean): string {
  const numbers = code === undefined ? [] : unpack(code, bytes)
  return encode(isOne ? numbers[0] : numbers, 'tagged')
}

function pairsOf(texts: string[]): string[] {
  return texts.flatMap((key, i) => (i % 2 === 0 ? [`[${key},${texts[i + 1]}]`] : []))
}
