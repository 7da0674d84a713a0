import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { functionsPath, packageFolder } from './functions-path.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-functions-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('without a word the usual places are looked at', async () => {
  await mkdir(join(folder, 'src/functions'), { recursive: true })
  expect(functionsPath(undefined, folder)).toBe(join(folder, 'src/functions'))
})

test('what was given is taken as it is', async () => {
  await writeFile(join(folder, 'work.ts'), '')
  expect(functionsPath('work.ts', folder)).toBe(join(folder, 'work.ts'))
})

test.each([undefined, 'nowhere'])('where there is nothing, it tells how to begin (%s)', (given) => {
  expect(() => functionsPath(given, folder)).toThrow('export const square = (x: number) => x * x')
})

test('the package around the functions is watched', async () => {
  await mkdir(join(folder, 'src/functions'), { recursive: true })
  await writeFile(join(folder, 'src/functions/index.ts'), '')
  await writeFile(join(folder, 'package.json'), '{}')
  expect(packageFolder(join(folder, 'src/functions/index.ts'))).toBe(folder)
  expect(packageFolder(join(folder, 'src/functions'))).toBe(folder)
})
