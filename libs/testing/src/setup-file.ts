import { afterAll, beforeAll } from 'vitest'
import { expectNoLeaks, openResources, type Resources } from './leaks.ts'

/** For every test file: it closes what it opens. Hooks run as a stack, so this one runs behind the file's own. */
let before: Resources
beforeAll(() => {
  // made by the first who writes: no leak of his
  void [process.stdout, process.stderr]
  before = openResources()
})
afterAll(() => expectNoLeaks(before))
