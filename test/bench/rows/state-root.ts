import {createHash, randomInt} from 'node:crypto';
import {SERVICE_NODE_PREFIX} from '../../../src/protocol/chain/state-keys.ts';
import type {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {type Bench, median, medianMs, ms, type Row} from '../row.ts';
import {populated} from '../state.ts';

const KEYS = 1000;
const PAIRS = 15;

type Change = readonly [key: Uint8Array, value: Uint8Array];

/** Random records of nodes, each with one byte that is another. */
function randomChanges(map: MerkleMap): readonly Change[] {
  const records = [...map.entries(SERVICE_NODE_PREFIX)];
  return Array.from({length: KEYS}, () => {
    const [key, value] = records[randomInt(records.length)]!;
    const changed = value.slice();
    changed[30] = (changed[30] ?? 0) ^ 0xff;
    return [key, changed];
  });
}

function changeOneByOne(
  map: MerkleMap,
  changes: readonly Change[],
): {readonly hashes: number; readonly most: number} {
  let [hashes, most] = [0, 0];
  for (const [key, changed] of changes) {
    const count = map.put(key, changed).rootWithCount().hashes;
    hashes += count;
    most = Math.max(most, count);
  }
  return {hashes: hashes / KEYS, most};
}

/** One changed key and the new root: cost must follow the depth of the tree, not its size. */
export const stateRoot: Bench = {
  name: 'state root',
  async run() {
    const [small, large] = [populated(100).map, populated(10_000).map];
    const smallTimes: number[] = [];
    const largeTimes: number[] = [];
    for (const map of [small, large]) changeOneByOne(map, randomChanges(map));
    // In turn, so that a slow moment of the machine meets both.
    for (let i = 0; i < PAIRS; i++) {
      const [few, many] = [randomChanges(small), randomChanges(large)];
      smallTimes.push((await medianMs(1, () => changeOneByOne(small, few))) / KEYS);
      largeTimes.push((await medianMs(1, () => changeOneByOne(large, many))) / KEYS);
    }
    const [smallMs, largeMs] = [median(smallTimes), median(largeTimes)];
    const {hashes, most} = changeOneByOne(large, randomChanges(large));
    const block = new Uint8Array(90);
    const hashMs =
      (await medianMs(7, () => {
        for (let i = 0; i < 1000; i++) createHash('sha256').update(block).digest();
      })) / 1000;
    const rows: Row[] = [
      {
        name: 'one changed key, 10 000 nodes',
        figure: ms(largeMs),
        limit: `${ms(smallMs)} at 100 nodes`,
        ratio: largeMs / smallMs,
        target: '≤ 2 ×',
        met: largeMs <= 2 * smallMs,
      },
      {
        name: '  SHA-256 calls for it',
        figure: `${hashes.toFixed(1)} (most ${most})`,
        limit: `one call of 90 B: ${ms(hashMs)}`,
        ratio: largeMs / hashMs,
        target: '≤ 24 on average, never above 64',
        met: hashes <= 24 && most <= 64,
      },
    ];
    return rows;
  },
};
