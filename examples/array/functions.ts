import type { SharedArray } from 'manyhands'

export async function negate(arr: SharedArray) {
  for (let i = 0; i < (await arr.size()); i++) await arr.set(i, -(await arr.get(i)))
}
