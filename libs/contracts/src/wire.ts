export { decode, decodeItem } from './wire-decode.ts'
export { encode } from './wire-encode.ts'
export { UnserializableError } from './wire-lower.ts'
export { mayHaveTags } from './wire-tags.ts'
