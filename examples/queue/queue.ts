import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
const q = hands.queue<number | null>()
const p1 = hands.process({ target: 'producer', args: [q] })
const p2 = hands.process({ target: 'consumer', args: [q] })
await p1.start()
await p2.start()
await p1.join()
await p2.join()
for await (const line of p2.logs()) console.log(line)
// Received: 0
// Received: 1
// Received: 2
// Received: 3
// Received: 4
