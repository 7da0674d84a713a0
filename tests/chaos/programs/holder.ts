import { connect } from '@manyhands/client'

/** Acquires a lock, and writes under it each time it is told to on standard input. */
const say = (word: string) => process.stdout.write(`${word}\n`)
const [url = '', name = ''] = process.argv.slice(2)
const hands = connect({ url })
const grant = await hands.lock({ name }).acquire({ ttlMs: 600 })
if (!grant) throw new Error('somebody has the lock')
const dict = hands.dict<Record<string, string>>({}, { name }).fenced(grant)
grant.signal.addEventListener('abort', () => say('lost'))
say(`token ${grant.token}`)
for await (const chunk of process.stdin) {
  const words = String(chunk).trim()
  await dict.set('by', words).then(
    () => say('written'),
    (error: { code: string }) => say(error.code),
  )
}
