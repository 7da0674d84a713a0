import { failure, inline } from '@manyhands/client/testing'
import * as functions from './functions/index.ts'

const hands = inline(functions, { failures: { square: { at: [1], error: failure('worker-crashed'), times: 1 } } })
console.log(await hands.map('square', [1, 2, 3], { attempts: 2 })) // [1, 4, 9]
await hands.map('square', [1, 2, 3]).catch((error) => console.log(error.code, error.index)) // worker-crashed 1
