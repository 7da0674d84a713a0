import { Labels } from '@manyhands/contracts/schemas'
import Type from 'typebox'
import { Checker } from './checker.ts'

/** A label in a query: `label.customer=42`. */
export const Label = Type.String({ maxLength: 256, description: '`label.<name>`: a label of the job; the name is your own' })
export const labelPattern = '^label\\.[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
const prefix = 'label.'

const checker = new Checker(Labels)

/** The labels of a query, or undefined without any. Throws invalid-parameter. */
export function labelsOf(query: object): Record<string, string> | undefined {
  const labels = Object.entries(query).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : []))
  return labels.length === 0 ? undefined : checker.check(Object.fromEntries(labels), (path) => `label${path.replace('/', '.')}`)
}
