import {beforeAll, describe, expect, it} from 'vitest';
import {hashStruct, sha256} from '../../src/crypto/hash.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {storedSetHash} from '../../src/crypto/stored-set-hash.ts';
import {answerChallenge} from '../../src/messaging/challenge-prover.ts';
import {drawChunks} from '../../src/messaging/chunk-draw.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  toChainId,
  toHash,
  toNodeId,
  toSessionId,
} from '../../src/protocol/bytes.ts';
import {ChallengeSeed} from '../../src/protocol/chain/uptime-response.ts';
import {decode, encode, u64} from '../../src/protocol/codec.ts';
import {HASH_TAG} from '../../src/protocol/domains.ts';
import {SetLeaf} from '../../src/protocol/stored-record.ts';
import type {WriteOperation} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {shownValue} from '../client/shown-value.ts';
import vectors from '../client/vectors/stored-sets.json' with {type: 'json'};
import {endLeafWrites, recordWrites} from './put-record.ts';

/** SPEC.md §7.1 to §7.3 against sets that a second implementation made. */
const claim = {
  networkId: vectors.networkId,
  chainId: toChainId(hexToBytes(vectors.chainId)),
  epoch: BigInt(vectors.epoch),
  swarmId: vectors.swarmId,
};
const {rule} = vectors;
const expiryMs = BigInt(rule.expiryMs);
/** Behind all stamps. */
const CUT_OFF_MS = expiryMs - 1n;

type Amounts = Omit<(typeof vectors.ruledSets)[number], 'count'>;

beforeAll(initCrypto);

const drawnBy = (key: string, chunkCount: string) => {
  const drawn = drawChunks(toHash(hexToBytes(key)), BigInt(chunkCount));
  const all = concatBytes(...drawn.map((index) => encode(u64, index)));
  return {first: drawn.slice(0, 8).map(String), sha256: bytesToHex(sha256(all))};
};

async function expectAmounts(writes: readonly WriteOperation[], vector: Amounts) {
  const store = new MemoryStore();
  await store.batch(writes);
  const set = await storedSetOf(leavesAt(store, CUT_OFF_MS));
  const c = storedSetHash({...claim, set});
  const mix = toHash(hexToBytes(vectors.mix));
  const seed = {mix, w: c, nodeId: toNodeId(hexToBytes(vectors.nodeId))};
  const leaves = leavesAt(store, CUT_OFF_MS);
  const answer = await answerChallenge(store, {leaves, seed, chunkCount: set.chunkCount});
  const {root, recordCount, chunkCount, bytes, key, drawn} = vector;
  expect(shownValue(set)).toEqual({root, recordCount, chunkCount, bytes});
  expect(bytesToHex(c)).toBe(vector.c);
  expect(bytesToHex(hashStruct(HASH_TAG.challenge, ChallengeSeed, seed))).toBe(key);
  const isDrawn = set.chunkCount > 4096n;
  expect(isDrawn ? drawnBy(key, chunkCount) : null).toEqual(drawn);
  expect(bytesToHex(answer)).toBe(vector.answer);
}

it.each(vectors.sets)('$name: root, counts, C and answer', async (vector) => {
  const writes = vector.leaves.flatMap(({value, bytes, data}) => {
    const leaf = decode(SetLeaf, hexToBytes(bytes));
    expect(shownValue(leaf)).toEqual(value);
    const {key, entry} = leaf;
    return data === null
      ? endLeafWrites(key, entry.value.expiryMs)
      : recordWrites(key, {expiryMs: entry.value.expiryMs, data: hexToBytes(data)});
  });
  await expectAmounts(writes, vector);
  const ordered = vector.leaves.map(({bytes}) => bytes);
  expect([...ordered].sort()).toEqual(ordered);
});

describe('sets by a rule', () => {
  it.each(vectors.ruledSets)('$chunkCount chunks', async (vector) => {
    const writes = Array.from({length: vector.count}, (_, i) => {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(28, i);
      const key = {
        account: toSessionId(hexToBytes(rule.account)),
        namespace: rule.namespace,
        stamp: {
          clockMs: BigInt(rule.firstClockMs) + BigInt(i),
          counter: 0,
          coordinator: toNodeId(hexToBytes(rule.coordinator)),
        },
        id: toHash(id),
      };
      const data = new Uint8Array(rule.sizes[i % rule.sizes.length]!).fill(i & 0xff);
      return recordWrites(key, {expiryMs, data});
    });
    await expectAmounts(writes.flat(), vector);
  });

  it('have as many chunks as are all read, one more, and many', () => {
    expect(vectors.ruledSets.map(({chunkCount}) => chunkCount)).toEqual(['4096', '4097', '9600']);
  });
});

it.each(vectors.draws)('draws from $chunkCount chunks', ({key, chunkCount, ...drawn}) => {
  expect(drawnBy(key, chunkCount)).toEqual(drawn);
});
