import type { SharedDict, SharedList } from 'manyhands'

export async function modifyData(d: SharedDict<{ processed: boolean; count: number }>, l: SharedList<string>) {
  await d.set('processed', true)
  await d.increment('count')
  await l.append('done')
}
