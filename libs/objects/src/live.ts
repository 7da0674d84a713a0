import { SharedBarrier } from './barrier.ts'
import { SharedCondition } from './condition.ts'
import { SharedCounter } from './counter.ts'
import { SharedDict } from './dict.ts'
import { SharedEvent } from './event.ts'
import { SharedList } from './list.ts'
import { SharedLock, SharedRLock } from './lock.ts'
import { SharedNamespace } from './namespace.ts'
import { SharedArray, SharedValue } from './numbers.ts'
import { SharedConnection } from './pipe.ts'
import { SharedJoinableQueue, SharedQueue } from './queue.ts'
import { type ObjectType, parseRef } from './ref.ts'
import { SharedSemaphore } from './semaphore.ts'
import { SharedSet } from './set.ts'
import type { Place, SharedObject } from './shared-object.ts'
import type { Transport } from './transport.ts'

const kinds: Record<ObjectType, new (place: Place) => SharedObject> = {
  array: SharedArray,
  barrier: SharedBarrier,
  'bounded-semaphore': SharedSemaphore,
  condition: SharedCondition,
  counter: SharedCounter,
  dict: SharedDict,
  event: SharedEvent,
  'joinable-queue': SharedJoinableQueue,
  list: SharedList,
  lock: SharedLock,
  namespace: SharedNamespace,
  pipe: SharedConnection,
  queue: SharedQueue,
  rlock: SharedRLock,
  semaphore: SharedSemaphore,
  set: SharedSet,
  'simple-queue': SharedQueue,
  value: SharedValue,
}

/** The object that a `$shared` tag names; undefined for a text that names none. */
export function liveObject(transport: Transport, text: string): SharedObject | undefined {
  const ref = parseRef(text)
  return ref && new kinds[ref.type]({ transport, ref })
}
