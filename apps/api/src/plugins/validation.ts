import type { FastifyInstance } from 'fastify'
import type { TObject, TSchema } from 'typebox'
import { Checker } from '../input/checker.ts'

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
  app.setSerializerCompiler(() => JSON.stringify)
}

function checked(checker: Checker<TSchema>, part: Part): { value: unknown } | { error: Error } {
  try {
    return { value: checker.check(part, (path) => path.slice(1)) }
  } catch (error) {
    return { error: error as Error }
  }
}

const number = /^-?(0|[1-9]\d{0,15})(\.\d{1,9})?$/

/** A query with its numbers and booleans read; what is none stays text, and is refused for that. */
function numbered(query: Part, properties: Record<string, TSchema>): Part {
  const read: Part = { ...query }
  for (const [name, value] of Object.entries(query)) {
    const schema = properties[name]
    if (typeof value !== 'string' || !schema) continue
    if (number.test(value) && takes(schema, ['integer', 'number'])) read[name] = Number(value)
    if ((value === 'true' || value === 'false') && takes(schema, ['boolean'])) read[name] = value === 'true'
  }
  return read
}

function takes(schema: TSchema & { type?: string; anyOf?: { type?: string }[] }, types: string[]): boolean {
  return [schema, ...(schema.anyOf ?? [])].some((one) => one.type !== undefined && types.includes(one.type))
}
