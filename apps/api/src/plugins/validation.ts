import type { FastifyInstance } from 'fastify'
import type { TObject, TSchema } from 'typebox'
import { Checker } from '../input/checker.ts'
import { jsonText } from '../output/json-text.ts'

type Part = Record<string, unknown>

/**
 * Parameters of path and query are checked here; bodies by their handlers, from the raw bytes; headers where they are read.
 * Answers are written as they are: their schemas describe them.
 */
export function addValidation(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema, httpPart }) => {
    if (httpPart !== 'params' && httpPart !== 'querystring') return () => true
    const checker = new Checker(schema as TSchema)
    const { properties = {} } = schema as TObject
    return (part: Part) => checked(checker, httpPart === 'querystring' ? numbered(part, properties) : part)
  })
  // asked first, and for answers without a schema too; the compiler only keeps Fastify from making one of each schema
  app.setReplySerializer(jsonText)
  app.setSerializerCompiler(() => jsonText)
}

function checked(checker: Checker<TSchema>, part: Part): { value: unknown } | { error: Error } {
  try {
    return { value: checker.check(part, (path) => path.slice(1)) }
  } catch (error) {
    return { error: error as Error }
  }
}

/** A query with its numbers and booleans read; what is none stays text, and is refused for that. */
function numbered(query: Part, properties: Record<string, TSchema>): Part {
  const read = Object.entries(query).map(([name, value]) => [name, typeof value === 'string' ? readText(value, properties[name]) : value])
  return Object.fromEntries(read) as Part
}

const number = /^-?(0|[1-9]\d{0,15})(\.\d{1,9})?$/

function readText(text: string, schema: TypedSchema | undefined): unknown {
  if (number.test(text) && takes(schema, ['integer', 'number'])) return Number(text)
  if ((text === 'true' || text === 'false') && takes(schema, ['boolean'])) return text === 'true'
  return text
}

interface TypedSchema extends TSchema {
  type?: string
  anyOf?: { type?: string }[]
}

function takes(schema: TypedSchema | undefined, types: string[]): boolean {
  return schema !== undefined && [schema, ...(schema.anyOf ?? [])].some((one) => one.type !== undefined && types.includes(one.type))
}
