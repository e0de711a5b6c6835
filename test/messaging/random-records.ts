import {createHash} from 'node:crypto';
import {toHash, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import type {RecordKey} from '../../src/protocol/stored-record.ts';

/** Endless bytes from a seed: the same run again for the same seed. */
export class SeededBytes {
  readonly #seed: string;
  #counter = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  take(length: number): Uint8Array {
    const parts: Buffer[] = [];
    for (let size = 0; size < length; size += 64) {
      parts.push(
        createHash('sha512')
          .update(`${this.#seed}/${this.#counter++}`)
          .digest(),
      );
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, length));
  }

  below(limit: number): number {
    return Number(new DataView(this.take(8).buffer).getBigUint64(0) % BigInt(limit));
  }
}

export type RandomRecord = {
  readonly key: RecordKey;
  readonly expiryMs: bigint;
  /** Absent for an end leaf. */
  readonly data?: Uint8Array;
};

/** Mostly small messages, some at the chunk's edges, some empty. */
function sizeOf(random: SeededBytes): number {
  const edges = [0, 1, 1023, 1024, 1025, 2048, 76_800];
  return random.below(4) === 0 ? (edges[random.below(edges.length)] ?? 0) : random.below(3000);
}

/** Records and end leaves stamped and expiring within ±1000 ms of the cut-off. */
export function randomRecord(random: SeededBytes, cutOffMs: bigint): RandomRecord {
  const account = toSessionId(Uint8Array.of(7, ...new Uint8Array(31), random.below(5)));
  const key = {
    account,
    namespace: random.below(5) - 2,
    stamp: {
      clockMs: cutOffMs - 1000n + BigInt(random.below(1500)),
      counter: random.below(3),
      coordinator: toNodeId(random.take(20)),
    },
    id: toHash(random.take(32)),
  };
  const expiryMs = cutOffMs - 200n + BigInt(random.below(1200));
  if (random.below(8) === 0) return {key, expiryMs};
  return {key, expiryMs, data: random.take(sizeOf(random))};
}
