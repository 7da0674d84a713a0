/**
 * Thrown by a function whose item is not worth another try: it fails at once, whatever `attempts` says. It is known by its name, so an
 * error of another class that is called so does the same.
 */
export class UnrecoverableError extends Error {
  override name = 'UnrecoverableError'
}
