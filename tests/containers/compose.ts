import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** A project of docker-compose.yml with a name, a port and containers of its own. */
export class Compose {
  readonly project: string
  readonly #env: NodeJS.ProcessEnv

  /** @param settings variables of docker-compose.yml */
  constructor(project: string, settings: Record<string, string>) {
    this.project = project
    this.#env = { ...process.env, ...settings }
  }

  /** Runs `docker compose` and returns what it printed. Throws with its stderr when it fails. */
  async run(...words: string[]): Promise<string> {
    const files = ['--file', 'docker-compose.yml', '--file', 'tests/containers/own-functions.yml']
    return this.#docker(['compose', '--project-name', this.project, ...files, ...words])
  }

  /** Names of what Docker still has of this project. */
  async remains(): Promise<string[]> {
    const label = `label=com.docker.compose.project=${this.project}`
    const lists = await Promise.all([
      this.#docker(['ps', '--all', '--filter', label, '--format', '{{.Names}}']),
      this.#docker(['volume', 'ls', '--filter', label, '--format', '{{.Name}}']),
      this.#docker(['network', 'ls', '--filter', label, '--format', '{{.Name}}']),
    ])
    return lists.flatMap((text) => text.split('\n').filter((line) => line !== ''))
  }

  async #docker(words: string[]): Promise<string> {
    const { stdout } = await run('docker', words, { cwd: root, env: this.#env, maxBuffer: 64 << 20 })
    return stdout.trim()
  }
}
