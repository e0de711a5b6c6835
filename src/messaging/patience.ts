const SHORTEST_MS = 50;
const LONGEST_MS = 1000;
/** Of the usual time: what takes longer is waited for in vain. */
const FACTOR = 4;
/** How far one answer moves what is usual. */
const STEP = 0.1;

/**
 * How long members that were asked first are waited for, by how long members took lately: the middle of
 * their times, which a few that always take long do not move.
 */
export class Patience {
  #usualMs = SHORTEST_MS / FACTOR;

  /** In whole ms. */
  get lengthMs(): number {
    return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#usualMs * FACTOR)));
  }

  /** One member has answered after so many ms. */
  answered(ms: number): void {
    const isLonger = ms > this.#usualMs;
    const usualMs = this.#usualMs * (isLonger ? 1 + STEP : 1 - STEP);
    this.#usualMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS / FACTOR, usualMs));
  }
}
