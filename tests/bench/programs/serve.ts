import { createInterface } from 'node:readline'

/** Each method knows its own parameters; the benchmark that calls it sends just these. */
type Method = (params: never) => Promise<unknown>

/** The program's side of driver.ts: answers each JSON line on stdin with one on stdout, and ends with stdin. */
export async function serve(methods: Record<string, Method>, close?: () => Promise<void>): Promise<void> {
  process.once('SIGTERM', () => process.exit(0))
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(methods, line))}\n`)
  }
  await close?.()
  process.exit(0)
}

async function answer(methods: Record<string, Method>, line: string): Promise<object> {
  try {
    const { method, params } = JSON.parse(line) as { method: string; params: never }
    const run = methods[method]
    if (!run) throw new Error(`there is no method ${method}`)
    return { ok: (await run(params)) ?? null }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
