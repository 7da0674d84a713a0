import { pointerStep } from './strict-json-trail.ts'

/** Where a value stands inside another one; undefined = it is the whole. */
export interface Place {
  parent: Place | undefined
  container: object
  key: string | number
}

/** JSON pointer (RFC 6901) of a place. */
export function pointerOf(place: Place | undefined): string {
  return place ? pointerOf(place.parent) + pointerStep(place.key) : ''
}

export function depthOf(place: Place | undefined): number {
  let depth = 0
  for (let here = place; here; here = here.parent) depth++
  return depth
}
