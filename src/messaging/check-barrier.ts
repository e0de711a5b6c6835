import {type Defer, nextTurn} from './defer.ts';

/** PERF: behind more, the batches for the disk are large anyway, and the wait would be long: 4 ms on two cores. */
const MOST_CHECKS = 64;

/**
 * Lets those who were checked at about the same time go on in one turn of the event loop: they share what
 * comes next, a sync and a signature. A wait ends with the checks that run at one moment, whatever begins
 * after it.
 */
export class CheckBarrier {
  readonly #defer: Defer;
  readonly #running = new Set<Promise<unknown>>();
  #opening: Promise<void> | undefined;

  constructor(defer: Defer) {
    this.#defer = defer;
  }

  /** Runs a check: who comes to the barrier while it runs may have to wait for it. */
  async during<T>(check: () => Promise<T>): Promise<T> {
    const running = check();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** For whoever has been checked: resolves in the same turn for all who wait. */
  pass(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    try {
      // What came in this turn has begun its check by the next.
      await nextTurn(this.#defer);
      if (this.#running.size === 0 || this.#running.size > MOST_CHECKS) return;
      await Promise.allSettled(this.#running);
      // The last of them has yet to come to the barrier.
      await nextTurn(this.#defer);
    } finally {
      this.#opening = undefined;
    }
  }
}
