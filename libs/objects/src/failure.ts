/** Why an operation was not done: a code of docs/errors.md, what was wrong, and what the answer says beside it. */
export interface Failure {
  code: string
  detail: string
  extra?: Record<string, unknown>
}
