import { execFile } from 'node:child_process'
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '@manyhands/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Command } from './command.ts'

const pack = fileURLToPath(new URL('../../infra/pack/main.ts', import.meta.url))
const compilers = ['typescript@6.0.3', '@types/node@24.19.2', 'tsx@4.23.15']
const run = promisify(execFile)
let folder: string
let project: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-pack-'))
  project = join(folder, 'project')
  const { stdout } = await run(process.execPath, [pack, join(folder, 'dist')])
  const tarballs = stdout.trim().split('\n')
  expect(tarballs).toHaveLength(2)
  await mkdir(join(project, 'functions'), { recursive: true })
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'somebodys', private: true, type: 'module' }))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs, ...compilers], {
    cwd: project,
  })
})

afterAll(() => rm(folder, { recursive: true }))

const save = (file: string, text: string) => writeFile(join(project, file), text)
const installed = (file: string) => join(project, 'node_modules', file)

test('the packages hold plain JavaScript, types, a license, and nothing of ours to look for elsewhere', async () => {
  for (const name of ['manyhands', '@manyhands/client']) {
    const manifest = JSON.parse(await readFile(installed(`${name}/package.json`), 'utf8'))
    expect(manifest).toMatchObject({ name, license: 'MIT', type: 'module' })
    expect(Object.keys(manifest.dependencies).filter((dependency) => dependency.startsWith('@manyhands/'))).toEqual([])
    const files = await all(glob('**/*', { cwd: installed(name), withFileTypes: false }))
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.d.ts']))
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
  }
})

test('the client depends on nothing, and says what it is', async () => {
  expect(await readFile(installed('@manyhands/client/README.md'), 'utf8')).toMatch(/^# @manyhands\/client\n/)
  const manifest = JSON.parse(await readFile(installed('@manyhands/client/package.json'), 'utf8'))
  expect(manifest.dependencies).toEqual({})
})

test('a project with its own dependencies writes a function and runs a map', async () => {
  await save('functions/index.ts', functions)
  await save('program.ts', program)
  await save('tsconfig.json', tsconfig)
  await run(installed('.bin/tsc'), ['-p', '.'], { cwd: project })

  const port = await freePort()
  const dev = new Command(['manyhands', 'dev'], { cwd: project, program: ['npx'], env: { PORT: String(port), MANYHANDS_PROCESSES: '2' } })
  try {
    await dev.shows(new RegExp(`^ready http://127.0.0.1:${port}$`, 'm'), 60_000)
    const env = { ...process.env, MANYHANDS_URL: `http://127.0.0.1:${port}` }
    const { stdout } = await run(process.execPath, ['program.ts'], { cwd: project, env })
    expect(stdout).toBe('[ 1, 4, 9, 16, 25 ]\nRangeError: 0 has no reciprocal\n[ 36, 49 ]\n2 { visits: 2 }\n')
    await dev.shows(/^square\[\d\] squaring 3$/m)
    const shell = await run('npx', ['manyhands', 'map', 'square', '1', '-2', '3'], { cwd: project, env })
    expect(shell.stdout).toBe('1\n4\n9\n')
  } finally {
    dev.kill('SIGTERM')
    await dev.clear()
  }
})

test('unit tests of the project run its functions inline, with the types of a connection', async () => {
  await save('unit.ts', unit)
  await save('tsconfig.unit.json', tsconfig.replace('program.ts', 'unit.ts'))
  await run(installed('.bin/tsc'), ['-p', 'tsconfig.unit.json'], { cwd: project })
  const { stdout } = await run(process.execPath, ['unit.ts'], { cwd: project })
  expect(stdout).toBe('squaring 2\n[ 4 ]\nsquaring 2\ntrue worker-crashed\n0.5\n')
})

test('what Node does not take, a compiler of the project does: --import tsx', async () => {
  await save('colors.ts', 'export enum Color { Red = 1, Green }\nexport const nameOf = (color: Color) => Color[color]\n')
  const port = await freePort()
  const dev = new Command(['manyhands', 'dev', 'colors.ts', '--import', 'tsx'], {
    cwd: project,
    program: ['npx'],
    env: { PORT: String(port) },
  })
  try {
    await dev.shows(/^ready/m, 60_000)
    const { stdout } = await run('npx', ['manyhands', 'map', 'nameOf', '1', '2', '--url', `http://127.0.0.1:${port}`], { cwd: project })
    expect(stdout).toBe('"Red"\n"Green"\n')
  } finally {
    dev.kill('SIGTERM')
    await dev.clear()
  }
})

test('a misspelt name, a wrong item and an export that is no function do not compile', async () => {
  const wrong = ["hands.map('sqare', [1])", "hands.map('square', ['one'])", "hands.map('VERSION', [1])"]
  await save('program.ts', `${program.split('\n').slice(0, 3).join('\n')}\n${wrong.map((call) => `await ${call}`).join('\n')}\n`)
  const failure = await run(installed('.bin/tsc'), ['-p', '.'], { cwd: project }).catch((error) => error)
  const lines = [...failure.stdout.matchAll(/^program\.ts\((\d+),/gm)].map(([, line]) => Number(line))
  expect(lines).toEqual([4, 5, 6])
  for (const complaint of ['"sqare"', "'string' is not assignable to type 'number'", '"VERSION"'])
    expect(failure.stdout).toContain(complaint)
})

async function all(files: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const file of files) found.push(file)
  return found
}

const functions = `import { currentTask, defineFunction, type SharedDict } from 'manyhands'

export const VERSION = 1
export const square = (x: number) => {
  console.log(\`squaring \${x}\`)
  return x * x
}
export const reciprocal = defineFunction({ attempts: 2 }, (x: number) => {
  if (x === 0 && currentTask().attempt > 0) throw new RangeError('0 has no reciprocal')
  return 1 / x
})
export const visit = (dict: SharedDict<{ visits: number }>) => dict.increment('visits')
export const squares = (xs: number[]): Promise<number[]> => currentTask<{ square: typeof square }>().hands.map('square', xs)
`

const program = `import { connect } from '@manyhands/client'
import type * as functions from './functions/index.ts'
const hands = connect<typeof functions>()
{
  await using pool = hands.pool({ processes: 2 })
  const squares: number[] = await pool.map('square', [1, 2, 3, 4, 5])
  console.log(squares)
}
await hands.apply('reciprocal', [0]).catch((error: Error) => console.log(String(error)))
console.log(await hands.apply('squares', [[6, 7]]))
const dict = hands.dict({ visits: 1 })
console.log(await hands.apply('visit', [dict]), await dict.toObject())
`

const unit = `import { RemoteError } from '@manyhands/client'
import { failure, inline } from '@manyhands/client/testing'
import * as functions from './functions/index.ts'
const hands = inline(functions, { failures: { square: { at: [1], error: failure('worker-crashed') } } })
const squares: number[] = await hands.map('square', [2])
console.log(squares)
await hands.map('square', [2, 3], { chunkSize: 2 }).catch((error: unknown) => {
  // the classes are those of the client itself
  if (error instanceof RemoteError) console.log(true, error.code)
})
console.log(await hands.apply('reciprocal', [2]))
`

const tsconfig = JSON.stringify({
  files: ['program.ts'],
  compilerOptions: {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    noEmit: true,
    // also the declarations of our packages are read in full
    skipLibCheck: false,
  },
})
