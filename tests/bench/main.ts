/** `npm run bench [-- names...]`: see docs/performance.md. Ends with 1 when a goal was missed or something could not be measured. */

import type { Benchmark } from './benchmark.ts'
import { benchmarks } from './list.ts'
import { cpuTimes, describeLoad, describeMachine } from './machine.ts'
import type { Options } from './options.ts'
import { parseOptions } from './options.ts'
import { killAll, stopAll } from './processes.ts'
import type { Section } from './report.ts'
import { markdown } from './report.ts'
import { dropAll } from './scratch.ts'
import { writeDocument, writeJson } from './write.ts'

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(130))
}
process.once('exit', () => {
  killAll()
  dropAll()
})

const options = parseOptions(process.argv.slice(2))
const chosen = choose(options.names)
try {
  const passed = await bench(chosen, options)
  process.exitCode = passed ? 0 : 1
} finally {
  await stopAll()
}

/** True when every goal was measured and reached. */
async function bench(chosen: Benchmark[], options: Options): Promise<boolean> {
  const machine = await describeMachine()
  if (options.quick) machine.push('a quick run: it shows that all works, its sizes are small and its numbers mean little')
  const since = cpuTimes()
  const sections: Section[] = []
  for (const benchmark of chosen) sections.push(await section(benchmark, options))
  machine.push(describeLoad(since))
  const text = markdown(sections, machine)
  console.log(text)
  await writeJson({ machine, options, sections })
  if (options.write) await writeDocument(text)
  return sections.every(({ goals }) => goals.every(({ reached }) => reached === true))
}

async function section({ name, title, run }: Benchmark, { sizes }: Options): Promise<Section> {
  process.stderr.write(`${name} ...\n`)
  return { name, title, ...(await run(sizes)) }
}

function choose(names: string[]): Benchmark[] {
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (unknown.length > 0)
    throw new Error(`no benchmark is called ${unknown.join(', ')}; there are ${benchmarks.map(({ name }) => name).join(', ')}`)
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name))
}
