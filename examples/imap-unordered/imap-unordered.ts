import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
await using pool = hands.pool({ processes: 2 })
for await (const result of pool.imapUnordered('slowSquare', Array(5).keys())) console.log(`Got: ${result}`)
// Results arrive as they complete, not in order
