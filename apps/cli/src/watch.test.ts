import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@manyhands/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SourceWatch } from './watch.ts'

let folder: string
let batches: string[][]
let errors: unknown[]
let sources: SourceWatch

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-watch-'))
  await mkdir(join(folder, 'functions'))
  await mkdir(join(folder, 'node_modules'))
  batches = []
  errors = []
  sources = new SourceWatch(
    (files) => batches.push(files),
    (error) => errors.push(error),
  )
  await sources.start(folder)
})

afterEach(async () => {
  sources.stop()
  expect(errors).toEqual([])
  await rm(folder, { recursive: true })
})

const heard = (...names: string[]) =>
  eventually(() => {
    expect(new Set(batches.flat())).toEqual(new Set(names.map((name) => join(folder, name))))
  })

test('a burst of saves is told once', async () => {
  await writeFile(join(folder, 'functions/a.ts'), '1')
  await writeFile(join(folder, 'functions/a.ts'), '2')
  await writeFile(join(folder, 'functions/b.mjs'), '3')
  await heard('functions/a.ts', 'functions/b.mjs')
  expect(batches).toHaveLength(1)
})

test('an editor that writes aside and renames is heard', async () => {
  await writeFile(join(folder, 'functions/.a.ts.swp'), '1')
  await rename(join(folder, 'functions/.a.ts.swp'), join(folder, 'functions/a.ts'))
  await heard('functions/a.ts')
})

test('a folder that comes later is watched, with what it brings', async () => {
  await mkdir(join(folder, 'lib/deep'), { recursive: true })
  await writeFile(join(folder, 'lib/deep/early.ts'), '1')
  await heard('lib/deep/early.ts')
  await writeFile(join(folder, 'lib/late.ts'), '2')
  await heard('lib/deep/early.ts', 'lib/late.ts')
})

test('packages, dot files and what is no source are none of its business', async () => {
  await writeFile(join(folder, 'node_modules/x.js'), '1')
  await writeFile(join(folder, '.hidden.ts'), '1')
  await writeFile(join(folder, 'functions/data.csv'), '1')
  await writeFile(join(folder, 'functions/last.ts'), '1')
  await heard('functions/last.ts')
})
