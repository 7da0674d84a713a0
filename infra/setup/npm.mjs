import { spawnSync } from 'node:child_process'
import { SetupError } from './problem.mjs'

/**
 * Runs npm quietly in `folder`. Install scripts stay off: nothing here needs one (every binary comes as a package for its platform),
 * and they are how a bad package gets in.
 */
export function npm(folder, ...words) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  const [program, ...first] = npmProgram()
  const { status, error, stdout, stderr } = spawnSync(program, [...first, ...words, ...quiet], { cwd: folder, encoding: 'utf8' })
  if (status === 0) return
  throw new SetupError(`npm ${words.join(' ')} failed in ${folder}: ${error?.message ?? `${stderr}${stdout}`.trim()}`)
}

/** The npm that runs us, by absolute path; else the one on PATH. */
function npmProgram() {
  const { npm_execpath: path = '' } = process.env
  return /npm-cli\.c?js$/.test(path) ? [process.execPath, path] : ['npm']
}
