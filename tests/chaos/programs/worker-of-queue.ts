import { appendFileSync } from 'node:fs'
import { connect, type SharedQueue } from '@manyhands/client'

/** `produce <id> <count>` puts that many; `consume` takes what comes, each with a lease; `hold` takes one
 * and never acks it. All of it is written down in the journal. */
const [url = '', name = '', journal = '', what = '', id = '', count = '0'] = process.argv.slice(2)
const hands = connect({ url })
const queue: SharedQueue<string> = hands.queue<string>(20, { name })
const note = (line: string) => appendFileSync(journal, `${line}\n`)

if (what === 'produce') {
  for (let i = 0; i < Number(count); i++) {
    note(`try ${id}-${i}`)
    await queue.put(`${id}-${i}`)
    note(`put ${id}-${i}`)
  }
} else if (what === 'hold') {
  const { value, deliveries } = await queue.get({ leaseMs: 1000 })
  note(`got ${value} ${process.pid} ${deliveries}`)
  setInterval(() => undefined, 1000)
} else {
  for (;;) {
    const { value, deliveries, ack } = await queue.get({ leaseMs: 1000 })
    note(`got ${value} ${process.pid} ${deliveries}`)
    await ack()
    note(`ack ${value}`)
  }
}
