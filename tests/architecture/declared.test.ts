import { isBuiltin } from 'node:module'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { isTest } from './broken-rules.ts'
import { filesBelow, readText } from './sources.ts'

/** Hoisting hides a missing entry until a package is installed alone, for example in a container without development dependencies. */
test('each workspace declares the packages that its source imports', () => {
  const workspaces = ['apps', 'libs']
    .flatMap((folder) => filesBelow(folder, 'package.json'))
    .map((path) => path.replace('/package.json', ''))
  expect(workspaces.flatMap(undeclared)).toEqual([])
})

function undeclared(workspace: string): string[] {
  const { name, dependencies = {}, devDependencies = {} } = JSON.parse(readText(`${workspace}/package.json`))
  const declared = [name, ...Object.keys({ ...dependencies, ...devDependencies })]
  const missing = filesBelow(`${workspace}/src`, '.ts')
    .filter((file) => !isTest(file))
    .flatMap((file) => packagesOf(readText(file)).map((used) => ({ file, used })))
    .filter(({ used }) => !declared.includes(used) && !developmentOnly(workspace, used))
  return missing.map(({ file, used }) => `${file} imports ${used}, which ${workspace}/package.json does not declare`)
}

/** Our own rooms are linked by the workspace; vitest and testcontainers are the root's, and libs/testing is never installed alone. */
const developmentOnly = (workspace: string, used: string): boolean =>
  /^(@manyhands\/.+|manyhands)$/.test(used) || workspace === 'libs/testing'

function packagesOf(source: string): string[] {
  const names = ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName)
  return names
    .filter((name) => !name.startsWith('.') && !isBuiltin(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}
