import type { SharedContext } from './scripts.ts'

/** The locks of one holder begin their leases anew: `<manager>/<type>/<name> <token>` of each that it still has. */
export async function renewLocks({ scripts, tenant }: SharedContext, holder: string): Promise<string[]> {
  const kept = (await scripts.renew(tenant, holder, '')) as Buffer[]
  return kept.map(String)
}

/** A holder has ended: its locks are free. */
export async function endHolder({ scripts, tenant }: SharedContext, holder: string): Promise<void> {
  await scripts.renew(tenant, holder, 1)
}
