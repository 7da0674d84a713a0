import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
const counter = hands.value('i', 0) // signed integer, initial value 0
const processes = Array.from({ length: 4 }, () => hands.process({ target: 'worker', args: [counter] }))
for (const p of processes) await p.start()
for (const p of processes) await p.join()
console.log(await counter.get())
// 4000
