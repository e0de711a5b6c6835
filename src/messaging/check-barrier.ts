/**
 * Lets those who were checked at about the same time go on in one turn of the event loop: they share what
 * comes next, a sync and a signature. A wait ends with the checks that run at one moment, whatever begins
 * after it.
 */
export class CheckBarrier {
  readonly #defer: (action: () => void) => void;
  readonly #running = new Set<Promise<unknown>>();
  #opening: Promise<void> | undefined;

  /** @param defer runs an action after what is ready now, as setImmediate does. */
  constructor(defer: (action: () => void) => void) {
    this.#defer = defer;
  }

  /** Runs a check: those who pass the barrier meanwhile wait for it. */
  async during<T>(check: () => Promise<T>): Promise<T> {
    const running = check();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** For whoever has been checked: resolves in the same turn for all who came while it was closed. */
  pass(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    // What came in this turn has begun its check by the next.
    await this.#nextTurn();
    if (this.#running.size > 0) {
      await Promise.allSettled(this.#running);
      // The last of them has yet to come to the barrier.
      await this.#nextTurn();
    }
    this.#opening = undefined;
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#defer(resolve));
  }
}
