import { connect } from '@manyhands/client'
import type * as functions from './functions.ts'

const hands = connect<typeof functions>()
await using manager = hands.manager()
const sharedDict = manager.dict({ processed: false, count: 0 })
const sharedList = manager.list<string>()

const p = hands.process({ target: 'modifyData', args: [sharedDict, sharedList] })
await p.start()
await p.join()

console.log(await sharedDict.toObject())
// { processed: true, count: 1 }
console.log(await sharedList.slice())
// [ 'done' ]
