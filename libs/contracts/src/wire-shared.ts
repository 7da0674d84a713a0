/**
 * A shared object says by this method which one it is: `<manager>/<type>/<name>`, the content of its tag `$shared`. Registered, so that two
 * copies of the package agree.
 */
export const shared = Symbol.for('manyhands.shared')

/** Undefined for what is no shared object. */
export function sharedRef(value: object): string | undefined {
  const own = (value as { [shared]?: () => string })[shared]
  return typeof own === 'function' ? own.call(value) : undefined
}
