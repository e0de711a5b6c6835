import type {NodeId} from '../protocol/bytes.ts';
import type {Stamp} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';

const MAX_COUNTER = 0xffff;

/** How far a stamp may be from a member's clock, in ms: min(10 s, E/24). Chain-rules §4. */
export function stampToleranceMs(epochSeconds: number): bigint {
  const part = (BigInt(epochSeconds) * 1000n) / 24n;
  return part < 10_000n ? part : 10_000n;
}

export type HybridClockInit = {
  readonly nodeId: NodeId;
  readonly nowMs: () => number;
  readonly toleranceMs: bigint;
  /** The greatest stamp of this node before it stopped. */
  readonly last: Stamp | undefined;
};

/**
 * Stamps that never go back, also when this machine's clock does, and follow those of other members,
 * but never lead the own clock by more than the tolerance. SPEC.md §15.7.
 */
export class HybridClock {
  readonly #init: HybridClockInit;
  #clockMs: bigint;
  #counter: number;

  constructor(init: HybridClockInit) {
    this.#init = init;
    this.#clockMs = init.last?.clockMs ?? 0n;
    this.#counter = init.last?.counter ?? 0;
  }

  /** @throws MessagingError MESSAGING_BAD_TIME when the own clock went back by more than the tolerance. */
  next(): Stamp {
    const nowMs = BigInt(this.#init.nowMs());
    if (nowMs > this.#clockMs) {
      this.#clockMs = nowMs;
      this.#counter = 0;
    } else if (this.#counter < MAX_COUNTER) {
      this.#counter += 1;
    } else {
      this.#clockMs += 1n;
      this.#counter = 0;
    }
    const leadMs = this.#clockMs - nowMs;
    if (leadMs > this.#init.toleranceMs) throw new MessagingError('MESSAGING_BAD_TIME', {leadMs});
    return {clockMs: this.#clockMs, counter: this.#counter, coordinator: this.#init.nodeId};
  }

  /**
   * Takes note of another member's stamp, so that what is stamped here later is greater.
   * @throws MessagingError MESSAGING_BAD_STAMP when it is too far from the own clock.
   */
  observe(stamp: Stamp): void {
    const nowMs = BigInt(this.#init.nowMs());
    const {clockMs} = stamp;
    const distanceMs = clockMs > nowMs ? clockMs - nowMs : nowMs - clockMs;
    if (distanceMs > this.#init.toleranceMs) {
      throw new MessagingError('MESSAGING_BAD_STAMP', {distanceMs});
    }
    this.#follow(stamp);
  }

  /** As `observe`, of a stamp that came late: one that is too far ahead is left alone. */
  notice(stamp: Stamp): void {
    const leadMs = stamp.clockMs - BigInt(this.#init.nowMs());
    if (leadMs <= this.#init.toleranceMs) this.#follow(stamp);
  }

  #follow({clockMs, counter}: Stamp): void {
    if (clockMs < this.#clockMs) return;
    this.#counter = clockMs > this.#clockMs ? counter : Math.max(this.#counter, counter);
    this.#clockMs = clockMs;
  }
}
