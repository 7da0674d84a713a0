import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessPool, ProcessPoolOptions, Seat } from './work.ts'
export function createProcessPool(o: ProcessPoolOptions): ProcessPool {
  const idle: ChildProcess[] = []
  const waiters: Array<(c: ChildProcess) => void> = []
  const all: ChildProcess[] = []
  let busy = 0
  const give = (c: ChildProcess) => { const w = waiters.shift(); if (w) w(c); else idle.push(c) }
  const spawn = () => new Promise<any>((res) => {
    const c = fork(fileURLToPath(new URL('./interim-child.ts', import.meta.url)), [o.functions], { execArgv: o.execArgv ?? [] })
    all.push(c)
    c.once('message', (m) => { give(c); res(m) })
  })
  return {
    async start() {
      const [m] = await Promise.all(Array.from({ length: o.processes }, spawn))
      return { functions: m.ready.map((name: string) => ({ name, input: false })), skipped: [], build: 'b' }
    },
    async seat(): Promise<Seat> {
      const c = idle.pop() ?? (await new Promise<ChildProcess>((r) => waiters.push(r)))
      busy++
      return {
        async run(slices, on) {
          for (const [slice, s] of slices.entries()) {
            const m: any = await new Promise((r) => { c.once('message', r); c.send({ call: s.call, runs: s.runs, input: s.input.toString() }) })
            let at = 0
            const buf = Buffer.from(m.out)
            s.runs.forEach(([from, to], k) => {
              let end = at
              for (let x = from; x < to; x++) end = buf.indexOf(10, end) + 1
              on({ slice, from, to, lines: buf.subarray(at, end), failed: m.failed.filter((f: any) => f.index >= from && f.index < to).map((f: any) => ({ ...f, input: Buffer.from(f.input) })), itemUs: k ? 0 : m.itemUs, cpuUs: k ? 0 : m.cpuUs })
              at = end
            })
          }
        },
        release() { busy--; give(c) },
      }
    },
    get busy() { return busy },
    async stop() { for (const c of all) c.kill('SIGKILL') },
  }
}
