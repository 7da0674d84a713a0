import { readFileSync } from 'node:fs'
import { npm } from './npm.mjs'
import { inRoot, root } from './place.mjs'
import { say } from './problem.mjs'

/** `npm ci` when node_modules is not what package-lock.json asks for. */
export function installDependencies() {
  if (isInstalled()) return
  say('installing the dependencies of package-lock.json (the first time this takes a minute)')
  npm(root, 'ci')
}

/** npm writes what it installed into a hidden lock file, at the end. */
function isInstalled() {
  const installed = readLock(inRoot('node_modules', '.package-lock.json'))
  if (!installed) return false
  const wanted = Object.entries(readLock(inRoot('package-lock.json'))).filter(([path]) => path.startsWith('node_modules/'))
  return wanted.every(([path, entry]) => matches(entry, installed[path]))
}

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
