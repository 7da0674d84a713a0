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

test('package-lock.json names no registry, and every package in it has a hash', () => {
  const { packages } = JSON.parse(readText('package-lock.json')) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>
  }
  const fetched = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link)
  expect(fetched.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  expect(fetched.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([])
})
