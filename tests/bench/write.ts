import { mkdir, readFile, writeFile } from 'node:fs/promises'

const root = new URL('../../', import.meta.url)
const document = new URL('docs/performance.md', root)
const begin = '<!-- bench:begin -->'
const end = '<!-- bench:end -->'

/** Every value of every run, in reports/bench.json. */
export async function writeJson(report: object): Promise<void> {
  await mkdir(new URL('reports/', root), { recursive: true })
  await writeFile(new URL('reports/bench.json', root), `${JSON.stringify(report, null, 2)}\n`)
}

/** Puts the tables between the markers of docs/performance.md. Throws when it has no markers. */
export async function writeDocument(tables: string): Promise<void> {
  const text = await readFile(document, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${begin} ... ${end}`)
  await writeFile(document, `${text.slice(0, from + begin.length)}\n\n${tables}\n\n${text.slice(to)}`)
}
