import type { SharedContext } from './scripts.ts'

/** A lock that one holds; mark and ttl where nodes vote for it. */
interface HeldLock {
  lock: string
  token: string
  mark: string
  ttlMs: number
}

/** The locks of one holder begin their leases anew: `<manager>/<type>/<name> <token>` of each that it still has. */
export async function renewLocks({ scripts, tenant, nodes }: SharedContext, holder: string): Promise<string[]> {
  const held = locksOf(await scripts.renew(tenant, holder, ''))
  const kept = await Promise.all(held.map(({ lock, mark, ttlMs }) => (nodes && mark !== '' ? nodes.keep(lock, mark, ttlMs) : true)))
  return held.filter((_, i) => kept[i]).map(({ lock, token }) => `${lock} ${token}`)
}

/** A holder has ended: its locks are free. */
export async function endHolder({ scripts, tenant, nodes }: SharedContext, holder: string): Promise<void> {
  const held = locksOf(await scripts.renew(tenant, holder, 1))
  await Promise.all(held.map(({ lock, mark }) => (mark === '' ? undefined : nodes?.free(lock, mark))))
}

function locksOf(reply: unknown): HeldLock[] {
  return (reply as Buffer[]).map((row) => {
    const [lock = '', token = '', mark = '', ttl = '0'] = String(row).split(' ')
    return { lock, token, mark, ttlMs: Number(ttl) }
  })
}
