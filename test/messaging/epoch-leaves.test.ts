import {expect, it} from 'vitest';
import {leavesOfEpoch, overrideWrites} from '../../src/messaging/epoch-leaves.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import {RecordKey, type SetLeaf} from '../../src/protocol/stored-record.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {recordStoreOn} from './local-swarm.ts';
import {endLeafWrites, recordWrites} from './put-record.ts';
import {randomRecord, SeededBytes} from './random-records.ts';

const CUT_OFF_MS = 1_700_000_000_000n;
const cut = {epoch: 7n, cutOffMs: CUT_OFF_MS};
const nameOf = ({key}: Pick<SetLeaf, 'key'>) => bytesToHex(encode(RecordKey, key));

async function allOf(leaves: AsyncIterable<SetLeaf>): Promise<SetLeaf[]> {
  const all: SetLeaf[] = [];
  for await (const leaf of leaves) all.push(leaf);
  return all;
}

it.each(['its own set', 'the set of a majority'])(
  'a walk from a leaf on reads what lies behind it alone, in %s',
  async (which) => {
    const random = new SeededBytes(`leaves of ${which}`);
    const disk = new MemoryStore();
    const records = Array.from({length: 60}, () => randomRecord(random, CUT_OFF_MS));
    for (const {key, expiryMs, data} of records.slice(0, 50)) {
      const writes =
        data === undefined
          ? endLeafWrites(key, expiryMs)
          : recordWrites(key, {expiryMs, data: data.subarray(0, 8)});
      await disk.batch(writes);
    }
    let read = 0;
    const store = {
      ...recordStoreOn(disk),
      async *iterate(...at: Parameters<MemoryStore['iterate']>) {
        for await (const entry of disk.iterate(...at)) {
          read += 1;
          yield entry;
        }
      },
    };
    if (which !== 'its own set') {
      const own = await allOf(leavesOfEpoch(store, cut));
      const added = records.slice(50).map(({key, expiryMs}) => ({
        key,
        entry: {type: 'end', value: {expiryMs}} as const,
      }));
      const target = [...own.filter((_, index) => index % 3 > 0), ...added];
      target.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      await disk.batch(await overrideWrites(store, cut, target));
      expect(await allOf(leavesOfEpoch(store, cut))).toEqual(target);
    }
    const all = await allOf(leavesOfEpoch(store, cut));
    expect(all.length).toBeGreaterThan(20);
    for (const {key} of records) {
      const behind = all.filter((leaf) => nameOf(leaf) > nameOf({key}));
      expect(await allOf(leavesOfEpoch(store, cut, {after: key}))).toEqual(behind);
    }
    const last = all.at(-1)!;
    read = 0;
    expect(await allOf(leavesOfEpoch(store, cut, {after: last.key}))).toEqual([]);
    // What lies behind the last leaf, and the look at whether the epoch's set is another.
    expect(read).toBeLessThan(20);
  },
);
