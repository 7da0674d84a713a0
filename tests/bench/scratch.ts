import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()

/** A new empty folder; `drop` it after use. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'manyhands-bench-'))
  folders.add(folder)
  return folder
}

/** Synchronous: it must also work while the benchmark is dying. */
export function drop(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}

export function dropAll(): void {
  for (const folder of folders) drop(folder)
}
