import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
const counter = hands.dict({ value: 0 })
const lock = hands.lock()
const p1 = hands.process({ target: 'increment', args: [counter, lock, 1000] })
const p2 = hands.process({ target: 'increment', args: [counter, lock, 1000] })
await p1.start()
await p2.start()
await p1.join()
await p2.join()
console.log(await counter.get('value'))
// 2000
