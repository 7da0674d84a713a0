import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))
const cli = 'apps/cli/src/bin.ts'

/** How a program ends that has these settings. */
async function endOf(args: string[], settings: Record<string, string>) {
  const [file = '', ...words] = args
  const env = { PATH: process.env.PATH ?? '', ...settings }
  const child = spawn(process.execPath, [path(file), ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, stdout, stderr }
}

// a Redis that is not there: whoever does not refuse would wait for it
const settings = { REDIS_URL: 'redis://127.0.0.1:1', PORT: '0', MANYHANDS_GRUOP: 'x', MANYHANDS_COLOUR: 'red' }
const refusal =
  'MANYHANDS_GRUOP is not a setting; meant is MANYHANDS_GROUP\nMANYHANDS_COLOUR is not a setting; the README lists them, under Settings\n'

test.each([
  ['apps/api/src/main.ts'],
  ['apps/worker/src/main.ts'],
  [cli, 'api'],
  [cli, 'worker'],
  [cli, 'dev', '.'],
  [cli, 'map', 'square', '1'],
  [cli, 'apply', 'square', '1'],
])('a misspelt setting is refused at the start: %s %s', async (...args) => {
  expect(await endOf(args, settings)).toEqual({ code: 1, stdout: '', stderr: refusal })
})
