import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { inRoot, root } from './place.mjs'

const parentCheckMs = 500

/** Runs the command until it ends, and resolves with its exit code. It ends with us, and we end with the npm that runs us. */
export function runCommand(node, redisFolder, { words: [script, ...rest], linked = false }, words) {
  const folders = [dirname(node), inRoot('node_modules', '.bin'), redisFolder].filter((folder) => folder !== undefined)
  // its own npm or npx would start the machine's Node otherwise
  const env = { ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) }
  const stdio = linked ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit'
  const child = spawn(node, [inRoot(script), ...rest, ...words], { cwd: root, env, stdio })
  passSignals(child)
  const watch = process.env.npm_lifecycle_event ? endWithParent(child) : undefined
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code, signal) => {
      clearInterval(watch)
      done(code ?? 128 + constants.signals[signal])
    })
  })
}

function passSignals(child) {
  // a terminal sends Ctrl-C to the whole foreground group, so the child has it already: a second one would mean "at once"
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
}

/** npm passes SIGINT and SIGTERM on; when it dies of something else, we are given to another parent. */
function endWithParent(child) {
  const parent = process.ppid
  return setInterval(() => process.ppid === parent || child.kill('SIGTERM'), parentCheckMs)
}
