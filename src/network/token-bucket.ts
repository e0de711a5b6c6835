export type Rate = {
  /** Tokens at once. */
  readonly burst: number;
  readonly perSecond: number;
};

/** Full at first. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #nowMs: () => number;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: () => number) {
    this.#rate = rate;
    this.#nowMs = nowMs;
    this.#tokens = rate.burst;
    this.#atMs = nowMs();
  }

  /** Takes one token: 0, or in how many ms there is one again. */
  spend(): number {
    const {burst, perSecond} = this.#rate;
    const nowMs = this.#nowMs();
    const gained = (Math.max(0, nowMs - this.#atMs) * perSecond) / 1000;
    this.#tokens = Math.min(burst, this.#tokens + gained);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1000) / perSecond);
    this.#tokens -= 1;
    return 0;
  }
}
