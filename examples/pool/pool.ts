import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
await using pool = hands.pool({ processes: 4 })
const results = await pool.map('square', [1, 2, 3, 4, 5])
console.log(results) // [1, 4, 9, 16, 25]
