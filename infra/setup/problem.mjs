/** Something that setup cannot mend: the message is the one sentence that says what to do. */
export class SetupError extends Error {}

/** Tells about a step that takes long. On stderr: stdout is the command's. */
export function say(text) {
  process.stderr.write(`setup: ${text}\n`)
}
