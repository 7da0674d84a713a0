import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { refusal } from './complaints.ts'

// nothing is coerced, dropped or filled in: what is wrong is refused by name
const ajv = new Ajv({
  strict: true,
  allErrors: true,
  verbose: true,
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  allowMatchingProperties: true,
})

/** Checks values against a schema; compiled once. */
export class Checker<T extends TSchema> {
  readonly #validate

  constructor(schema: T) {
    this.#validate = ajv.compile(schema)
  }

  /** The value, if it fits. Throws unknown-field, invalid-parameter or too-many-items; `place` makes the pointer of a path within the value. */
  check(value: unknown, place: (path: string) => string = (path) => path): Static<T> {
    if (this.#validate(value)) return value as Static<T>
    throw refusal(this.#errors(), place)
  }

  #errors(): ErrorObject[] {
    return this.#validate.errors ?? []
  }
}
