import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

// what belongs to this program outlives it by 2 s at most, however it ends
const hands = connect<typeof functions>({ leaseMs: 2000 })
const p = hands.process({ target: 'backgroundWorker', daemon: true })
await p.start()
// Main program can continue
for await (const line of p.logs()) {
  console.log(line) // Working...
  break
}
await sleep(1000)
// When main exits, daemon process is terminated
