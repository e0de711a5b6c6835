/**
 * Runs one task at a time, in the order of arrival. Block calls go through it, so that a Verify
 * that waits for signatures never meets a half-done Accept.
 */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T> | T): Promise<T> {
    const result = this.#tail.then(task);
    // The next task waits for this one to end, however it ends; the caller sees the error.
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Resolves when everything that was queued until now has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
