import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UserError } from './problem.ts'

const usual = ['functions', 'src/functions', 'functions.ts', 'functions.js']
const usualText = 'functions/, src/functions/, functions.ts or functions.js'

/**
 * Where the functions are: what was given, else the first usual place below `cwd` that exists.
 * Throws UserError that tells how to begin when there is nothing.
 */
export function functionsPath(given: string | undefined, cwd: string): string {
  const found = given === undefined ? usual.map((place) => resolve(cwd, place)).find(existsSync) : resolve(cwd, given)
  if (found !== undefined && existsSync(found)) return found
  const missing = given === undefined ? `There are no functions in ${cwd}: no ${usualText}.` : `There is no ${found}.`
  throw new UserError(`${missing} ${firstSteps}`)
}

const firstSteps = `Begin with a file functions/index.ts:

  export const square = (x: number) => x * x

and run: npx manyhands dev`

/** The folder to watch: the package that the functions belong to, since they import from all of it. */
export function packageFolder(path: string): string {
  const own = functionsFolder(path)
  for (let folder = own; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
  }
  return own
}

export function functionsFolder(path: string): string {
  return statSync(path).isDirectory() ? path : dirname(path)
}
