import { expect, test } from 'vitest'
import { filesBelow, readText } from './sources.ts'

interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const manifests = ['package.json', ...['apps', 'libs', 'examples'].flatMap((folder) => filesBelow(folder, 'package.json'))]
const allOf = ({ dependencies, devDependencies }: Manifest): [name: string, version: string][] =>
  Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !name.startsWith('@manyhands/') && name !== 'manyhands')

test('docs/dependencies.md gives every dependency a reason, and lists none that is gone', () => {
  const used = manifests.flatMap((path) => allOf(JSON.parse(readText(path)) as Manifest).map(([name]) => name))
  const listed = [...readText('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| \S.*\|$/gm)].map(([, name]) => name)
  expect(listed.toSorted()).toEqual([...new Set(used)].toSorted())
})

test('every version is exact: the lock file and package.json say the same', () => {
  const loose = manifests.flatMap((path) => allOf(JSON.parse(readText(path)) as Manifest).filter(([, version]) => !/^\d/.test(version)))
  expect(loose).toEqual([])
})

interface LockEntry {
  resolved?: string
  integrity?: string
  link?: boolean
  optional?: boolean
  os?: string[]
  optionalDependencies?: Record<string, string>
}
const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, LockEntry> }
const fetched = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link)

test('package-lock.json names no registry', () => {
  expect(fetched.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([])
})

test('every package in package-lock.json has a hash, but for those of other platforms that our registry does not have', () => {
  const bare = fetched.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
  expect(bare.filter(([path, { optional }]) => !optional || /linux-(x64|arm64)(-gnu)?$/.test(path)).map(([path]) => path)).toEqual([])
})

test('package-lock.json has the optional packages of all platforms: npm ci refuses it else (node infra/complete-lock.mjs adds them)', () => {
  const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
  expect(wanted.filter((name) => !fetched.some(([path]) => path.endsWith(`node_modules/${name}`)))).toEqual([])
})
