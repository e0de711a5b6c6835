import {FULL_SCORE, SCORE_EPOCHS} from '../protocol/chain/limits.ts';
import type {ServiceNode} from '../protocol/chain/state-records.ts';

type Scored = Pick<ServiceNode, 'history' | 'historyCount' | 'historyNext' | 'uptimeScore'>;

function countOnes(bytes: Uint8Array): number {
  let ones = 0;
  for (let byte of bytes) {
    for (; byte !== 0; byte &= byte - 1) ones += 1;
  }
  return ones;
}

/**
 * Enters one judged epoch into the ring of the last 720 and recomputes the score:
 * passed × 10 000 // judged. Bit i of the ring is bit i mod 8 (lowest first) of byte i // 8. SPEC.md §7.4.
 */
export function recordVerdict(node: Scored, passed: boolean): Scored {
  const {history, historyCount, historyNext} = node;
  const count = Math.min(SCORE_EPOCHS, historyCount + 1);
  const ring = new Uint8Array(Math.ceil(count / 8));
  ring.set(history);
  const index = historyNext >> 3;
  const bit = 1 << (historyNext & 7);
  const byte = ring[index] ?? 0;
  ring[index] = passed ? byte | bit : byte & ~bit;
  return {
    history: ring,
    historyCount: count,
    historyNext: (historyNext + 1) % SCORE_EPOCHS,
    uptimeScore: Math.floor((countOnes(ring) * FULL_SCORE) / count),
  };
}
