import { loadFunctions } from '@manyhands/functions'
const registry: any = await loadFunctions(process.argv[2]!)
const fns: Map<string, any> = registry.functions ?? registry
process.send!({ ready: [...fns.keys()], skipped: registry.skipped ?? [] })
process.on('message', async (m: any) => {
  const lines = m.input.split('\n')
  let i = 0
  const out: string[] = []
  const failed: any[] = []
  const t = performance.now()
  const c = process.cpuUsage()
  for (const [from, to] of m.runs) {
    for (let x = from; x < to; x++) {
      const line = lines[i++]
      try {
        const f = fns.get(m.call.function)
        const fn = f.call ?? f.fn ?? f
        const item = JSON.parse(line)
        const args = m.call.mode === 'map' ? [item, ...(m.call.constants ? JSON.parse(m.call.constants) : [])] : item
        const v = await (typeof fn === 'function' ? fn(...args) : f(...args))
        out.push(JSON.stringify(v) ?? 'null')
      } catch (e: any) {
        const error = { name: e?.name ?? 'Error', code: 'function-error', message: String(e?.message ?? e) }
        out.push(JSON.stringify(error))
        failed.push({ index: x, error, input: line })
      }
    }
  }
  const cpu = process.cpuUsage(c)
  process.send!({ out: out.join('\n') + '\n', failed, itemUs: (performance.now() - t) * 1000, cpuUs: cpu.user + cpu.system })
})
