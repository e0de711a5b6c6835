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
  /** The greatest stamp that this node knew before it stopped. */
  readonly last: Stamp | undefined;
  /** Up to when it may have given stamps by then, Unix ms: `StampCeiling`. */
  readonly givenUntilMs: bigint;
};

/**
 * Stamps that never go back, also when this machine's clock does, and follow those of other members,
 * but never lead the own clock by more than the tolerance. They follow up to half of it: behind a stamp at
 * its edge, which any member can give out again and again, there would be no room for a stamp of this node,
 * and one close to it would be refused by whoever's clock is a little behind. SPEC.md §15.7.
 */
export class HybridClock {
  readonly #init: HybridClockInit;
  #clockMs: bigint;
  #counter: number;

  constructor(init: HybridClockInit) {
    this.#init = init;
    const {last, givenUntilMs} = init;
    const isBehind = last !== undefined && last.clockMs > givenUntilMs;
    this.#clockMs = isBehind ? last.clockMs : givenUntilMs;
    this.#counter = isBehind ? last.counter : MAX_COUNTER;
  }

  /** @throws MessagingError MESSAGING_BAD_TIME when the own clock went back by more than the tolerance. */
  next(): Stamp {
    const nowMs = BigInt(this.#init.nowMs());
    const {clockMs, counter} = this.#after(nowMs);
    const leadMs = clockMs - nowMs;
    if (leadMs > this.#init.toleranceMs) throw new MessagingError('MESSAGING_BAD_TIME', {leadMs});
    this.#clockMs = clockMs;
    this.#counter = counter;
    return {clockMs, counter, coordinator: this.#init.nodeId};
  }

  /** The least place behind the last one. */
  #after(nowMs: bigint): Omit<Stamp, 'coordinator'> {
    if (nowMs > this.#clockMs) return {clockMs: nowMs, counter: 0};
    const isSpent = this.#counter === MAX_COUNTER;
    if (isSpent) return {clockMs: this.#clockMs + 1n, counter: 0};
    return {clockMs: this.#clockMs, counter: this.#counter + 1};
  }

  /** @throws MessagingError MESSAGING_BAD_STAMP when it is too far from the own clock. */
  requireNear({clockMs}: Stamp): void {
    const nowMs = BigInt(this.#init.nowMs());
    const distanceMs = clockMs > nowMs ? clockMs - nowMs : nowMs - clockMs;
    if (distanceMs > this.#init.toleranceMs) {
      throw new MessagingError('MESSAGING_BAD_STAMP', {distanceMs});
    }
  }

  /** Takes note of the stamp of an operation that is good, so that what is stamped here later is greater. */
  notice({clockMs, counter}: Stamp): void {
    const leadMs = clockMs - BigInt(this.#init.nowMs());
    if (clockMs < this.#clockMs || leadMs > this.#init.toleranceMs / 2n) return;
    this.#counter = clockMs > this.#clockMs ? counter : Math.max(this.#counter, counter);
    this.#clockMs = clockMs;
  }
}
