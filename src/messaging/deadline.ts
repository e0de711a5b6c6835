/**
 * A signal that aborts after `ms`, unless it is disposed of before. PERF: what `AbortSignal.timeout` holds
 * lives until its time has come, grows old by that, and then costs the collector more than the work did.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
