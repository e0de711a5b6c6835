const SHORTEST_MS = 50;
const LONGEST_MS = 1000;
/** Of the usual time: what takes longer is waited for in vain. */
const FACTOR = 4;
/** What one more time counts beside those before. */
const WEIGHT = 1 / 8;

/** How long a write waits for the members that it went to first, by how long writes took lately. */
export class Patience {
  #usualMs = 0;

  /** In whole ms. */
  get lengthMs(): number {
    return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#usualMs * FACTOR)));
  }

  took(ms: number): void {
    this.#usualMs += (ms - this.#usualMs) * WEIGHT;
  }
}
