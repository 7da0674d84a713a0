export { decode, decodeItem } from './wire-decode.ts'
export { encode, UnserializableError } from './wire-encode.ts'
