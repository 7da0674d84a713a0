import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@manyhands/client'

/** Acquires a lock, computes half of its lease at a time, and says when it is told that the lock is lost. */
const say = (word: string) => process.stdout.write(`${word}\n`)
const [url = '', name = '', ttlMs = '0'] = process.argv.slice(2)
const hands = connect({ url })
const grant = await hands.lock({ name }).acquire({ ttlMs: Number(ttlMs) })
if (!grant) throw new Error('somebody has the lock')
grant.signal.addEventListener('abort', () => say('lost'))
say('held')
while (!grant.signal.aborted) {
  const end = performance.now() + Number(ttlMs) / 2
  while (performance.now() < end);
  await pause(5)
}
process.exit()
