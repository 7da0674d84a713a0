import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
const p = hands.process({ target: 'greet', args: ['Alice'] })
await p.start()
await p.join()
for await (const line of p.logs()) console.log(line) // Hello Alice from process 12345
