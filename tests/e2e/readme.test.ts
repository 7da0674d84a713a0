import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '@manyhands/redis'
import { settingTable } from '@manyhands/settings'
import { eventually } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Command } from './command.ts'

const file = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
const readme = await file('README.md')

interface Stop {
  title: string
  commands: string[]
  answer: string | undefined
}

/** The curl commands of the README, each block with the answer that stands below it. */
function tour(): Stop[] {
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }))
  return blocks.flatMap(({ language, text }, i) => {
    if (language !== 'sh' || !text.includes('curl ')) return []
    const next = blocks[i + 1]
    const commands = text.replaceAll('\\\n', '').trim().split('\n')
    return [{ title: commands[0] ?? '', commands, answer: next?.language === 'text' ? next.text : undefined }]
  })
}

/** `...` in an answer stands for anything. */
function patternOf(answer: string): RegExp {
  const escaped = answer.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&').replaceAll('\\.\\.\\.', '.*?')
  return new RegExp(`^${escaped}$`)
}

/** Words that start the receiver, as the README says. */
function receiverCommand(): string[] {
  const [, path = '', secret = ''] = /^node (examples\S+) (whsec_\S+)$/m.exec(readme) ?? []
  return [fileURLToPath(new URL(`../../${path}`, import.meta.url)), secret]
}

describe('the tour from curl', () => {
  let cwd: string
  let port: number
  let start: Command
  let times = 0
  let receiver: ChildProcess
  let heard = ''

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'manyhands-readme-'))
    port = await freePort()
    start = new Command(['start'], { cwd, env: { PORT: String(port) } })
    await start.shows(/Ctrl-C ends it/, 120_000)
    receiver = spawn(process.execPath, [...receiverCommand(), '0'])
    receiver.stdout?.on('data', (text) => (heard += text))
    await eventually(() => /port \d+/.test(heard))
  })

  afterAll(async () => {
    receiver.kill()
    await start.clear()
    await rm(cwd, { recursive: true })
  })

  test('has every way to use it', () => {
    expect(tour().flatMap(({ commands }) => commands).length).toBeGreaterThan(12)
  })

  // twice: what has a name of its own could be made only once
  describe.each(['the first time', 'again'])('%s', () => {
    test.each(tour())('$title', async ({ commands, answer }) => {
      const receiverPort = /port (\d+)/.exec(heard)?.[1] ?? ''
      const script = commands
        .join('\n')
        .replaceAll('localhost:3000', `127.0.0.1:${port}`)
        .replaceAll('localhost:4000', `localhost:${receiverPort}`)
      // what one block sets, the next ones use, as in a terminal
      const terminal = `touch terminal; . ./terminal\n${script}\ndeclare -p job > terminal 2> /dev/null || true`
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', terminal], { cwd })
      if (answer !== undefined) expect(stdout).toMatch(patternOf(answer))
    })

    test('the receiver is told', async () => {
      const [, printed = ''] = /The receiver prints:\n\n```\n(.*)\n```/.exec(readme) ?? []
      const line = new RegExp(patternOf(printed).source.slice(1, -1), 'g')
      times++
      await eventually(() => [...heard.matchAll(line)].length === times)
    })
  })
})

test('the settings are those that there are', () => {
  const [, table = ''] = /<!-- settings -->\n+(.*?)\n+<!-- \/settings -->/s.exec(readme) ?? []
  const rows = table.split('\n').slice(2)
  expect(rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\||\|$/g, '').trim()))).toEqual(
    settingTable.map((setting) => [`\`${setting.name}\``, setting.default, setting.meaning]),
  )
})

test('the program is the one in examples/, which a test runs', async () => {
  expect(readme).toContain(`\`\`\`ts\n${await file('examples/squares.ts')}\`\`\``)
})
