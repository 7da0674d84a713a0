#!/usr/bin/env node
// Adds to package-lock.json the optional packages of other platforms that npm left out, because a registry did not have them or because
// of npm/cli#4828. `npm ci` refuses a lock file without them. Run it after `npm install`; tests/architecture asks for it.
import { readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from './setup/place.mjs'

const systems = ['android', 'darwin', 'freebsd', 'linux', 'win32']
const processors = ['x64', 'arm64', 'arm', 'ia32', 'riscv64', 's390x', 'ppc64']

/** Entries that `packages` of a lock file lacks: of optional dependencies that nothing in it provides. */
export function missingEntries(packages) {
  const missing = {}
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!provides(packages, path, name)) missing[`node_modules/${name}`] = entryOf(name, version, entry.dev)
    }
  }
  return missing
}

/** Whether Node would find the package from this place of the tree. */
function provides(packages, path, name) {
  const at = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`
  if (packages[at]) return true
  return (
    path !== '' && provides(packages, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))).replace(/^node_modules$/, ''), name)
  )
}

/** The platform stands in the name, as `-linux-x64-musl`: npm must know that it does not fit this machine. */
function entryOf(name, version, dev) {
  const words = name.split('-')
  const entry = { version, ...(dev ? { dev } : {}), optional: true }
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor))
  return {
    ...entry,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(words.includes('musl') ? { libc: ['musl'] } : {}),
    ...(os.length > 0 ? { os } : {}),
  }
}

if (process.argv[1] === import.meta.filename) {
  const path = inRoot('package-lock.json')
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  Object.assign(lock.packages, missingEntries(lock.packages))
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
}
