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
 * but never lead the own clock by more than the tolerance. SPEC.md §15.7.
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
    const {nodeId, toleranceMs} = this.#init;
    const nowMs = BigInt(this.#init.nowMs());
    const stamp = {...this.#after(nowMs), coordinator: nodeId};
    const leadMs = stamp.clockMs - nowMs;
    if (leadMs > toleranceMs) throw new MessagingError('MESSAGING_BAD_TIME', {leadMs});
    this.#follow(stamp);
    return stamp;
  }

  #after(nowMs: bigint): Pick<Stamp, 'clockMs' | 'counter'> {
    if (nowMs > this.#clockMs) return {clockMs: nowMs, counter: 0};
    if (this.#counter < MAX_COUNTER) return {clockMs: this.#clockMs, counter: this.#counter + 1};
    return {clockMs: this.#clockMs + 1n, counter: 0};
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
