import { readFileSync } from 'node:fs'
import { npm } from './npm.mjs'
import { inRoot, root } from './place.mjs'
import { say } from './problem.mjs'

/**
 * `npm ci` when node_modules is not what package-lock.json asks for.
 * @param productionOnly a third of the packages, for who only wants to see it run; a full node_modules stays full
 */
export function installDependencies(productionOnly) {
  const wanted = entriesOf(readLock(inRoot('package-lock.json')))
  // npm writes what it installed into a hidden lock file, at the end
  const installed = readLock(inRoot('node_modules', '.package-lock.json')) ?? {}
  if (wanted.filter(([, { dev }]) => !(productionOnly && dev)).every(([path, entry]) => matches(entry, installed[path]))) return
  const full = !productionOnly || Object.values(installed).some(({ dev }) => dev)
  say(`installing the dependencies of package-lock.json (the first time this takes ${full ? 'a minute' : 'half a minute'})`)
  npm(root, 'ci', ...(full ? [] : ['--omit=dev']))
}

const entriesOf = (packages) => Object.entries(packages).filter(([path]) => path.startsWith('node_modules/'))

/** Optional packages are there for the platforms they fit. */
function matches(wanted, installed) {
  if (!installed) return wanted.optional === true || wanted.devOptional === true
  return installed.version === wanted.version && installed.integrity === wanted.integrity
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return undefined
  }
}
