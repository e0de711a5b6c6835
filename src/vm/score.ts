import {BytePool} from '../protocol/byte-pool.ts';
import {FULL_SCORE, SCORE_EPOCHS} from '../protocol/chain/limits.ts';
import type {ServiceNode} from '../protocol/chain/state-records.ts';

type Scored = Pick<ServiceNode, 'history' | 'historyCount' | 'historyNext' | 'uptimeScore'>;
type Ring = Pick<ServiceNode, 'history' | 'historyCount' | 'historyNext'>;

/** A turn of the epoch makes one for every node. */
const rings = new BytePool();

const ONES = Uint8Array.from({length: 256}, (_, byte) => {
  let ones = 0;
  for (let bits = byte; bits !== 0; bits &= bits - 1) ones += 1;
  return ones;
});

function countOnes(bytes: Uint8Array): number {
  let ones = 0;
  for (const byte of bytes) ones += ONES[byte] ?? 0;
  return ones;
}

const lastEntryOf = (next: number): number => (next + SCORE_EPOCHS - 1) % SCORE_EPOCHS;

function withEntry(ring: Uint8Array, at: number, passed: boolean): void {
  const index = at >> 3;
  const bit = 1 << (at & 7);
  const byte = ring[index] ?? 0;
  ring[index] = passed ? byte | bit : byte & ~bit;
}

const scoreOf = (ring: Uint8Array, count: number): number =>
  Math.floor((countOnes(ring) * FULL_SCORE) / count);

/**
 * Enters one judged epoch into the ring of the last 720 and recomputes the score:
 * passed × 10 000 // judged. Bit i of the ring is bit i mod 8 (lowest first) of byte i // 8. SPEC.md §7.9.
 */
export function recordVerdict(node: Ring, passed: boolean): Scored {
  const {history, historyCount, historyNext} = node;
  const count = Math.min(SCORE_EPOCHS, historyCount + 1);
  const ring = rings.take(Math.ceil(count / 8));
  ring.set(history);
  withEntry(ring, historyNext, passed);
  return {
    history: ring,
    historyCount: count,
    historyNext: (historyNext + 1) % SCORE_EPOCHS,
    uptimeScore: scoreOf(ring, count),
  };
}

/** Replaces the last entry. There must be one. */
export function amendVerdict(node: Ring, passed: boolean): Scored {
  const {historyCount, historyNext} = node;
  const ring = node.history.slice();
  withEntry(ring, lastEntryOf(historyNext), passed);
  return {history: ring, historyCount, historyNext, uptimeScore: scoreOf(ring, historyCount)};
}

/** Whether the last judged epoch was a pass. */
export function passedLast({history, historyCount, historyNext}: Ring): boolean {
  if (historyCount === 0) return false;
  const last = lastEntryOf(historyNext);
  return ((history[last >> 3] ?? 0) & (1 << (last & 7))) !== 0;
}
