import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
const urls = ['a.com', 'b.com', 'c.com', 'd.com']
await using pool = hands.pool({ processes: 4 })
const results = await pool.map('fetchUrl', urls)
for (const result of results) console.log(result)
