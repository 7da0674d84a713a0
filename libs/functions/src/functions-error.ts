/** The functions cannot be loaded. The message is fit for a terminal: it names the file and, where there is one, the cure. */
export class FunctionsError extends Error {
  override readonly name = 'FunctionsError'
}
