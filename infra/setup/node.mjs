import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { npm } from './npm.mjs'
import { inRoot } from './place.mjs'
import { SetupError, say } from './problem.mjs'

const least = 24
const version = '24.21.0'
/** npm's packages of Node's own binaries, with what they must hash to. Other systems have one too, but we could not try them. */
const packages = {
  'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
}

/** Absolute path of a Node that runs our TypeScript: this one, or one below node_modules. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= least) return process.execPath
  return ownNode()
}

function ownNode() {
  const platform = `${process.platform}-${process.arch}`
  const folder = inRoot('node_modules', '.node24')
  const binary = `${folder}/node_modules/node-${platform}/bin/node`
  if (!isOurs(folder, platform)) install(folder, platform)
  if (!existsSync(binary)) throw new SetupError(`${binary} is missing: remove node_modules and run this again`)
  return binary
}

/** Whether npm put this very version there, whole. */
function isOurs(folder, platform) {
  const path = `${folder}/node_modules/.package-lock.json`
  if (!existsSync(path)) return false
  return JSON.parse(readFileSync(path, 'utf8')).packages[`node_modules/node-${platform}`]?.integrity === packages[platform]
}

function install(folder, platform) {
  if (!packages[platform] || isMusl()) {
    throw new SetupError(
      `Node ${least} or newer is needed, this is ${process.version}: install it from nodejs.org or with your package manager`,
    )
  }
  say(`this is Node ${process.version}; getting Node ${version} into node_modules/.node24`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, '{"private":true}\n')
  npm(folder, 'install', '--no-save', '--no-package-lock', '--prefix', folder, `node-${platform}@${version}`)
  if (!isOurs(folder, platform)) throw new SetupError(`the package node-${platform}@${version} is not the one we know: it was not run`)
}

/** Alpine and the like: Node's own binaries need glibc. */
function isMusl() {
  // it would look up the names of all open connections
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined
}
