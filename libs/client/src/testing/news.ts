/** Wakes whoever waits for something to have changed. */
export class News {
  #next = Promise.withResolvers<void>()

  tell(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }

  /** Resolves as soon as `is` holds, which is looked at after every change. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await this.#next.promise
  }
}

/** Lets everything else of this process have its turn, as a network does: without a clock, which a test may have stopped. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const arrive = () => {
      port1.close()
      resolve()
    }
    port1.addEventListener('message', arrive, { once: true })
    port1.start()
    port2.postMessage(undefined)
  })
}
