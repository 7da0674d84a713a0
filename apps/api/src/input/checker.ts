import { Ajv, type ValidateFunction } from 'ajv'
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

/** Checks values against a schema; compiled when it is first used, since most programs use few of them. */
export class Checker<T extends TSchema> {
  readonly #schema: T
  #validate: ValidateFunction | undefined

  constructor(schema: T) {
    this.#schema = schema
  }

  /** The value, if it fits. Throws unknown-field, invalid-parameter or too-many-items; `place` makes the pointer of a path within the value. */
  check(value: unknown, place: (path: string) => string = (path) => path): Static<T> {
    this.#validate ??= ajv.compile(this.#schema)
    if (this.#validate(value)) return value as Static<T>
    throw refusal(this.#validate.errors ?? [], place)
  }
}
