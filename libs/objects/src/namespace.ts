import { SharedObject } from './shared-object.ts'

/** Names and values. Throws AttributeError for a name that was not set. */
export class SharedNamespace<T extends object = Record<string, unknown>> extends SharedObject {
  get<K extends keyof T & string>(name: K): Promise<T[K]> {
    return this.call('getItem', [name])
  }

  set<K extends keyof T & string>(name: K, value: T[K]): Promise<null> {
    return this.call('set', [name, value])
  }

  delete(name: keyof T & string): Promise<null> {
    return this.call('delete', [name])
  }

  has(name: keyof T & string): Promise<boolean> {
    return this.call('has', [name])
  }

  async toObject(): Promise<Partial<T>> {
    return Object.fromEntries(await this.call<[string, unknown][]>('items')) as Partial<T>
  }
}
