import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
await using m = hands.manager()
const data = m.dict({ visits: 0 })
const processes = Array.from({ length: 10 }, () => hands.process({ target: 'worker', args: [data] }))
for (const p of processes) await p.start()
for (const p of processes) await p.join()
console.log(`Total visits: ${await data.get('visits')}`)
// Total visits: 10
