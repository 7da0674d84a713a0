import { connect } from '@manyhands/client'
import type * as functions from './functions/index.ts'

const hands = connect<typeof functions>()
await using pool = hands.pool({ processes: 4 })
console.log(await pool.map('square', [1, 2, 3, 4, 5])) // [1, 4, 9, 16, 25]
for await (const result of pool.imapUnordered('slowSquare', [6, 7, 8])) console.log(result)
