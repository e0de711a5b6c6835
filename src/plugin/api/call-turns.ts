const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Lets the calls of all requests begin one by one, each in a turn of the event loop of its own: what
 * consensus waits for comes between any two of them.
 */
export class CallTurns {
  #free: Promise<void> = Promise.resolve();

  /** Resolves when the caller may begin; in the order of asking. */
  take(): Promise<void> {
    const turn = this.#free;
    this.#free = turn.then(nextTurn);
    return turn;
  }
}
