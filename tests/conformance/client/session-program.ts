import { connect } from '@manyhands/client'

/** The session of a program is opened by what needs it. */
const [url, then] = process.argv.slice(2)
// a thread may take a second to start where much else runs
const hands = connect({ url, leaseMs: then === 'compute' ? 2000 : 1000 })
const session = await hands.session.id()
const answer = await fetch(`${url}/v1/pools/default/apply`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ function: 'burn', args: [60_000], session }),
})
process.stdout.write(`job ${((await answer.json()) as { id: string }).id}\n`)
if (then === 'wait') setInterval(() => undefined, 1000)
if (then === 'compute') {
  const end = performance.now() + 3000
  while (performance.now() < end);
  process.stdout.write('computed\n')
  setInterval(() => undefined, 1000)
}
