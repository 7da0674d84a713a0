import { fileURLToPath } from 'node:url'

const programs = fileURLToPath(new URL('../programs', import.meta.url))

/** No __pycache__ in the source tree. */
export const pythonFlags = ['-B']

/** How one of our programs is started: TypeScript by this Node, Python by the given interpreter. */
export function program(file: string, interpreter = process.execPath): { command: string; args: string[]; cwd: string } {
  const flags = file.endsWith('.py') ? pythonFlags : []
  return { command: interpreter, args: [...flags, `${programs}/${file}`], cwd: programs }
}
