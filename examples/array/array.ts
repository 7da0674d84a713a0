import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
const arr = hands.array('i', [1, 2, 3, 4, 5]) // Array of 5 integers
console.log(await arr.slice())
// [ 1, 2, 3, 4, 5 ]

const p = hands.process({ target: 'negate', args: [arr] })
await p.start()
await p.join()
console.log(await arr.slice())
// [ -1, -2, -3, -4, -5 ]
