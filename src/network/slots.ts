import {NetworkError} from './errors.ts';

type Waiter = {readonly resolve: () => void};

/** A fixed number of places; who finds none waits in order, up to a limit. */
export class Slots {
  readonly #waiting: Waiter[] = [];
  readonly #maxWaiting: number;
  #free: number;

  constructor(places: number, maxWaiting: number) {
    this.#free = places;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Resolves with a place, which `release` gives back.
   * @throws NetworkError NETWORK_BUSY when too many wait; an abort of `signal` rejects with its reason.
   */
  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new NetworkError('NETWORK_BUSY', {waiting: this.#waiting.length});
    }
    const {promise, resolve, reject} = Promise.withResolvers<void>();
    const waiter = {resolve};
    this.#waiting.push(waiter);
    const onAbort = (): void => {
      const place = this.#waiting.indexOf(waiter);
      if (place === -1) return;
      this.#waiting.splice(place, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, {once: true});
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }
}
