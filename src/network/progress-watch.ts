/** Less than this in one interval is no progress, in bytes. SPEC.md §15.9. */
const LEAST_PROGRESS_BYTES = 65_536;

export type ProgressWatchInit = {
  readonly intervalMs: number;
  /** How many bytes have passed so far. */
  readonly bytes: () => number;
  /** Told once: too few passed within an interval. */
  readonly onStall: () => void;
};

/** Whether bytes pass while somebody waits for them: a slow link is given its time, and a silent side none. */
export class ProgressWatch {
  readonly #init: ProgressWatchInit;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(init: ProgressWatchInit) {
    this.#init = init;
  }

  /** Goes on when it has begun already. */
  start(): void {
    if (this.#timer === undefined) this.#begin();
  }

  #begin(): void {
    const {intervalMs, bytes, onStall} = this.#init;
    const before = bytes();
    this.#timer = setTimeout(() => {
      if (bytes() - before >= LEAST_PROGRESS_BYTES) return this.#begin();
      this.stop();
      return onStall();
    }, intervalMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
