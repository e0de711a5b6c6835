import {createHash} from 'node:crypto';
import {
  type NaiveRecord,
  naiveAnswer,
  naiveC,
  naiveDraw,
  naiveKey,
  naiveSet,
} from '../../messaging/naive-set.ts';
import * as is from '../second-codec.ts';
import {hex, join, type Piece} from '../second-codec.ts';
import {alice, bob, CHAIN_ID, chain, filled, NETWORK_ID, TIME_MS} from './fixtures.ts';
import {nodeId} from './overlay-values.ts';

/** SPEC.md §7.1 to §7.3: leaves, what they amount to, C, and a node's answer to the challenge. */
const claim = {...chain, epoch: 12n, swarmId: 3};
const MIX = filled(32, 0x20);
const COORDINATOR = filled(20, 0x99);
const EXPIRY_MS = TIME_MS + 86_400_000n;

/** Chunks at their edges: 1, 1, 1, 2 and 3 of them. */
const SIZES = [0, 1, 1024, 1025, 2500];

const sha256 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(bytes).digest());

type Place = {readonly account: Uint8Array; readonly namespace: number; readonly ms: bigint};

function recordOf({account, namespace, ms}: Place, id: Uint8Array, data?: Uint8Array): NaiveRecord {
  const stamp = {clockMs: TIME_MS + ms, counter: 0, coordinator: COORDINATOR};
  const record = {key: {account, namespace, stamp, id}, expiryMs: EXPIRY_MS};
  return data === undefined ? record : {...record, data};
}

/** Few leaves stand whole, in key order: Alice's id before Bob's, namespace 2 before −1. */
const five = [
  recordOf({account: alice.sessionId, namespace: 0, ms: 4n}, filled(32, 1), filled(1024, 0x30)),
  recordOf({account: bob.sessionId, namespace: 0, ms: 1n}, filled(32, 2), filled(0, 0x30)),
  recordOf({account: bob.sessionId, namespace: 0, ms: 2n}, filled(32, 3), filled(1025, 0x30)),
  recordOf({account: bob.sessionId, namespace: 2, ms: 0n}, filled(32, 4)),
  recordOf({account: bob.sessionId, namespace: -1, ms: 3n}, filled(32, 5), filled(1, 0x30)),
].sort((a, b) => Buffer.compare(leafOf(a).bytes, leafOf(b).bytes));

function leafOf({key, expiryMs, data}: NaiveRecord): Piece {
  const {account, namespace, stamp, id} = key;
  const expiry = {expiryMs: is.u64(expiryMs)};
  return is.struct({
    key: is.struct({
      account: is.fixed(account),
      namespace: is.i16(namespace),
      stamp: is.struct({
        clockMs: is.u64(stamp.clockMs),
        counter: is.u16(stamp.counter),
        coordinator: is.fixed(stamp.coordinator),
      }),
      id: is.fixed(id),
    }),
    entry:
      data === undefined
        ? is.variant(1, 'end', is.struct(expiry))
        : is.variant(
            0,
            'record',
            is.struct({
              ...expiry,
              size: is.u32(data.length),
              dataHash: is.fixed(sha256(data)),
            }),
          ),
  });
}

const drawnOf = (key: Uint8Array, count: bigint) => {
  const drawn = naiveDraw(key, count);
  return {
    first: drawn.slice(0, 8).map(String),
    sha256: hex(sha256(join(...drawn.map((index) => is.u64(index).bytes)))),
  };
};

/** What leaves amount to, and Alice's answer on them. */
function amountOf(records: readonly NaiveRecord[]): object {
  const set = naiveSet(records, TIME_MS + 1_000_000n);
  const w = naiveC(set, claim);
  const seed = {mix: MIX, w, nodeId};
  const key = naiveKey(seed);
  return {
    root: hex(set.root),
    recordCount: set.recordCount.toString(),
    chunkCount: set.chunkCount.toString(),
    bytes: set.bytes.toString(),
    c: hex(w),
    key: hex(key),
    drawn: set.chunkCount > 4096n ? drawnOf(key, set.chunkCount) : null,
    answer: hex(naiveAnswer(set, seed)),
  };
}

const wholeSet = (name: string, records: readonly NaiveRecord[]): object => ({
  name,
  leaves: records.map((record) => {
    const {value, bytes} = leafOf(record);
    return {value, bytes: hex(bytes), data: record.data === undefined ? null : hex(record.data)};
  }),
  ...amountOf(records),
});

/**
 * Many records by a rule: record i has the clock of the first + i, counter 0, as id 28 zero bytes and i as u32,
 * and as data the sizes' i-th (they repeat) number of bytes i mod 256.
 */
function ruledSet(count: number): object {
  const records = Array.from({length: count}, (_, i) =>
    recordOf(
      {account: bob.sessionId, namespace: 0, ms: BigInt(i)},
      join(new Uint8Array(28), is.u32(i).bytes),
      new Uint8Array(SIZES[i % SIZES.length]!).fill(i & 0xff),
    ),
  );
  return {count, ...amountOf(records)};
}

/** 2^63 and more: nearly every other word is skipped. */
const COUNTS = [4097n, 5000n, 65_536n, 100_000_000_007n, 2n ** 63n + 12_345n];

export function storedSetVectors(): unknown {
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    epoch: claim.epoch.toString(),
    swarmId: claim.swarmId,
    mix: hex(MIX),
    nodeId: hex(nodeId),
    sets: [
      wholeSet('no leaf', []),
      wholeSet('one record', [five[0]!]),
      wholeSet(
        'one end leaf',
        five.filter(({data}) => data === undefined),
      ),
      wholeSet('five leaves', five),
    ],
    rule: {
      account: hex(bob.sessionId),
      namespace: 0,
      firstClockMs: TIME_MS.toString(),
      coordinator: hex(COORDINATOR),
      expiryMs: EXPIRY_MS.toString(),
      sizes: SIZES,
    },
    // 4096 chunks, one more, and 9600.
    ruledSets: [2560, 2561, 6000].map(ruledSet),
    draws: COUNTS.map((chunkCount) => {
      const key = sha256(is.ascii(`k${chunkCount}`));
      return {key: hex(key), chunkCount: chunkCount.toString(), ...drawnOf(key, chunkCount)};
    }),
  };
}
