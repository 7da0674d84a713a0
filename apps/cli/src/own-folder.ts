import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the embedded Redis keeps its data: `.manyhands/redis` below `cwd`. Nobody wants it in their repository. */
export async function ownRedisFolder(cwd: string): Promise<string> {
  const own = join(cwd, '.manyhands')
  await mkdir(own, { recursive: true })
  await writeFile(join(own, '.gitignore'), '*\n')
  return join(own, 'redis')
}
