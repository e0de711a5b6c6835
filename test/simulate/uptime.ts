import type {SeededRandom} from './random.ts';

/** When a machine is up: outages of random length at random times, ms since the run began. */
export class Uptime {
  readonly #random: SeededRandom;
  readonly #meanUpMs: number;
  readonly #meanOutageMs: number;
  #outages: {from: number; to: number}[] = [];
  #drawnUntil: number;

  /** @param availability share of the time that the machine is up, below 1 */
  constructor(
    random: SeededRandom,
    init: {readonly availability: number; readonly meanOutageMs: number; readonly fromMs: number},
  ) {
    this.#random = random;
    this.#meanOutageMs = init.meanOutageMs;
    this.#meanUpMs = (init.meanOutageMs * init.availability) / (1 - init.availability);
    this.#drawnUntil = init.fromMs;
  }

  /** Draws what lies before this instant and forgets what has ended before the other. */
  advance(fromMs: number, untilMs: number): void {
    while (this.#drawnUntil < untilMs) {
      const from = this.#drawnUntil + this.#random.waiting(this.#meanUpMs);
      const to = from + this.#random.waiting(this.#meanOutageMs);
      this.#outages.push({from, to});
      this.#drawnUntil = to;
    }
    if (this.#outages.some(({to}) => to <= fromMs)) {
      this.#outages = this.#outages.filter(({to}) => to > fromMs);
    }
  }

  /** An outage from outside, such as a region's. */
  addOutage(from: number, to: number): void {
    this.#outages.push({from, to});
  }

  isUp(atMs: number): boolean {
    return !this.#outages.some(({from, to}) => from <= atMs && atMs < to);
  }

  /** Whether no outage is known that touches the window. */
  isUpThroughout(fromMs: number, toMs: number): boolean {
    return !this.#outages.some(({from, to}) => from <= toMs && fromMs < to);
  }

  /** Whether it is up at some time of a window: outages that touch each other count as one. */
  isUpWithin(fromMs: number, toMs: number): boolean {
    if (this.#outages.length === 0) return fromMs < toMs;
    const ordered = this.#outages.toSorted((a, b) => a.from - b.from);
    let at = fromMs;
    for (const {from, to} of ordered) {
      if (from > at) break;
      at = Math.max(at, to);
    }
    return at < toMs;
  }
}
