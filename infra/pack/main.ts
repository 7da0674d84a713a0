import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeDeclarations } from './declarations.ts'
import { writeJavaScript } from './javascript.ts'
import { manifestOf } from './manifest.ts'
import { type Package, packages, root } from './packages.ts'

// Builds the published packages: plain JavaScript with types in dist/<package>/, and a tarball of each in dist/. Another folder may be given.
const out = resolve(fileURLToPath(root), process.argv[2] ?? 'dist')
for (const packed of packages) console.log(await pack(packed))

async function pack(packed: Package): Promise<string> {
  const folder = join(out, packed.name.replace('/', '-').replace('@', ''))
  const dist = join(folder, 'dist')
  await rm(folder, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  const imported = await writeJavaScript(packed, dist)
  await writeDeclarations(packed, dist)
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(await manifestOf(packed, imported), null, 2)}\n`)
  await cp(new URL(packed.readme, root), join(folder, 'README.md'))
  await cp(new URL('LICENSE', root), join(folder, 'LICENSE'))
  for (const file of Object.values(packed.bin)) await chmod(join(dist, file.replace(/\.ts$/, '.js')), 0o755)
  return await tarball(folder)
}

/** Returns the path of the tarball. */
async function tarball(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', out], { cwd: folder })
  const [packed] = JSON.parse(stdout) as { filename: string }[]
  if (!packed) throw new Error(`npm pack said nothing of ${folder}`)
  return join(out, packed.filename)
}
