import { objectNamePattern, objectTypes } from '@manyhands/objects'
import Type from 'typebox'

export const ObjectName = Type.String({
  pattern: objectNamePattern,
  description: 'Letters, digits, dots, underscores, hyphens',
  examples: ['scores'],
})
export const ManagerParams = Type.Object({ manager: ObjectName }, { additionalProperties: false })
export const ObjectParams = Type.Object(
  { manager: ObjectName, type: Type.String({ enum: [...objectTypes], description: 'What it is' }), name: ObjectName },
  { additionalProperties: false },
)
export interface OfObject {
  Params: { manager: string; type: string; name: string; method: string }
}

/** Under which lock a write is made. */
export const Fenced = Type.Object(
  {
    lock: Type.String({ maxLength: 300, description: '<manager>/<type>/<name>' }),
    token: Type.String({ pattern: '^[0-9]{1,16}$', description: 'Of the grant' }),
  },
  { additionalProperties: false },
)
export const ownerName = Type.String({
  pattern: '^[A-Za-z0-9._-]{1,64}$',
  description: 'Your own word for one sequence of calls: one that is sent again is done once',
})
/** An Array of 16 MB fits, in base64. */
export const largeBody = { jsonBytes: 24 << 20 }
