/** The types of shared objects, as they stand in URLs. */
export const objectTypes = [
  'array',
  'barrier',
  'bounded-semaphore',
  'condition',
  'counter',
  'dict',
  'event',
  'joinable-queue',
  'list',
  'lock',
  'namespace',
  'pipe',
  'queue',
  'rlock',
  'semaphore',
  'set',
  'simple-queue',
  'value',
] as const
export type ObjectType = (typeof objectTypes)[number]

/** Which object: it is the same for everybody who has these three. */
export interface ObjectRef {
  manager: string
  type: ObjectType
  name: string
}

/** Of managers and objects. */
export const objectNamePattern = '^[A-Za-z0-9._-]{1,128}$'

const types: ReadonlySet<string> = new Set(objectTypes)
const name = new RegExp(objectNamePattern)

export const refText = ({ manager, type, name }: ObjectRef): string => `${manager}/${type}/${name}`

/** What `refText` wrote; undefined for a text that names no object. */
export function parseRef(text: string): ObjectRef | undefined {
  const [manager = '', type = '', own = '', ...more] = text.split('/')
  if (more.length > 0 || !types.has(type) || !name.test(manager) || !name.test(own)) return undefined
  return { manager, type: type as ObjectType, name: own }
}
