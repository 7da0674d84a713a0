import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inRoot } from './place.mjs'
import { SetupError, say } from './problem.mjs'

/** libs/testing/src/image.ts and docker-compose.yml name the same one; tests/architecture holds that. */
const image = 'redis:7.2-bookworm'

const managers = [
  { program: 'apt-get', run: installWithApt },
  { program: 'apk', run: () => runs('apk', 'add', '--no-cache', 'redis') },
  { program: 'dnf', run: () => runs('dnf', 'install', '-y', '-q', 'redis') },
]

/** Folder of redis-server when it is not on PATH, else undefined. Gets one where that needs no asking. */
export function findRedisServer() {
  if (onPath('redis-server') || installWithManager()) return undefined
  if (dockerHasImage()) return dockerShim(inRoot('node_modules', '.redis-server'))
  throw new SetupError(
    'there is no redis-server here and this user may not install one: ' +
      'type `sudo apt-get install -y redis-server` (Fedora: `sudo dnf install -y redis`, macOS: `brew install redis`), or start Docker, and run this again',
  )
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, program)))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Root in a container or CI: nobody has to be asked. */
function installWithManager() {
  const manager = process.getuid?.() === 0 ? managers.find(({ program }) => onPath(program)) : undefined
  if (!manager) return false
  say(`there is no redis-server: installing it with ${manager.program}`)
  return manager.run() && onPath('redis-server')
}

/** Without starting the system's service: ours is a private process. */
function installWithApt() {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return runs('apt-get', 'update', '-qq') && runs('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server')
  } finally {
    if (ours) rmSync(policy)
  }
}

function runs(program, ...words) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8' })
  if (status !== 0) say(`${program} ${words.join(' ')} failed: ${`${stderr}${stdout}`.trim().split('\n').slice(-3).join(' / ')}`)
  return status === 0
}

function dockerHasImage() {
  if (!onPath('docker')) return false
  if (spawnSync('docker', ['image', 'inspect', image]).status === 0) return true
  say(`there is no redis-server: getting the image ${image} with Docker`)
  return spawnSync('docker', ['pull', '-q', image]).status === 0
}

/**
 * A redis-server that runs in a container and behaves like a process: settings on stdin, files in the working folder, loopback of the host,
 * signals passed on by `docker run`, and gone when it ends.
 */
function dockerShim(folder) {
  const words = 'docker run --rm --interactive --network host --user "$(id -u):$(id -g)" --volume "$PWD:$PWD" --workdir "$PWD"'
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'redis-server'), `#!/bin/sh\nexec ${words} --entrypoint redis-server ${image} "$@"\n`)
  chmodSync(join(folder, 'redis-server'), 0o755)
  return folder
}
