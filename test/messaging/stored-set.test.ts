import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {initCrypto} from '../../src/crypto/init.ts';
import {storedSetHash} from '../../src/crypto/stored-set-hash.ts';
import {answerChallenge, type Challenge} from '../../src/messaging/challenge-prover.ts';
import {MessagingError} from '../../src/messaging/errors.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {concatBytes, toChainId, toHash, toNodeId} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import {RecordKey} from '../../src/protocol/stored-record.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {naiveAnswer, naiveC, naiveSet} from './naive-set.ts';
import {endLeafWrites, recordWrites} from './put-record.ts';
import {type RandomRecord, randomRecord, SeededBytes} from './random-records.ts';

const CUT_OFF = 1_700_000_000_000n;
const CLAIM = {
  networkId: 1337,
  chainId: toChainId(new Uint8Array(32).fill(0xcc)),
  epoch: 9n,
  swarmId: 3,
};
const MIX = toHash(new Uint8Array(32).fill(0x11));
const NODE = toNodeId(new Uint8Array(20).fill(0x22));

let folder: string;
let store: LevelStore;
beforeEach(async () => {
  await initCrypto();
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-set-'));
  store = await LevelStore.open(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, {recursive: true});
});

const answerAtCutOff = (challenge: Omit<Challenge, 'leaves'>) =>
  answerChallenge(store, {...challenge, leaves: leavesAt(store, CUT_OFF)});

async function put(records: readonly RandomRecord[]): Promise<void> {
  const writes = records.flatMap(({key, expiryMs, data}) =>
    data === undefined ? endLeafWrites(key, expiryMs) : recordWrites(key, {expiryMs, data}),
  );
  await store.batch(writes, {sync: false});
}

function seedOf(w: Uint8Array, nodeId = NODE) {
  return {mix: MIX, w: toHash(new Uint8Array(w)), nodeId};
}

async function expectAgreement(records: readonly RandomRecord[]): Promise<void> {
  const naive = naiveSet(records, CUT_OFF);
  const set = await storedSetOf(leavesAt(store, CUT_OFF));
  expect({...set, root: Buffer.from(set.root)}).toEqual({
    root: naive.root,
    recordCount: naive.recordCount,
    chunkCount: naive.chunkCount,
    bytes: naive.bytes,
  });
  const c = storedSetHash({...CLAIM, set});
  expect(Buffer.from(c)).toEqual(naiveC(naive, CLAIM));
  const seed = seedOf(c);
  const challenge = {seed, chunkCount: set.chunkCount};
  expect(Buffer.from(await answerAtCutOff(challenge))).toEqual(naiveAnswer(naive, seed));
}

describe('stored set in a LevelDB', () => {
  it('is empty at first: no leaves, and the keyed hash of nothing as answer', async () => {
    await expectAgreement([]);
    expect(await storedSetOf(leavesAt(store, CUT_OFF))).toEqual({
      root: new Uint8Array(32),
      recordCount: 0n,
      chunkCount: 0n,
      bytes: 0n,
    });
  });

  for (const seed of ['one', 'two', 'three']) {
    it(`has the root, C and answer of a naive recomputation: 300 random records (${seed})`, async () => {
      const random = new SeededBytes(seed);
      const records = Array.from({length: 300}, () => randomRecord(random, CUT_OFF));
      await put(records);
      await expectAgreement(records);
    });
  }

  it('agrees when chunks are drawn: more than 4 096 of them', async () => {
    const random = new SeededBytes('large');
    const records = Array.from({length: 6000}, () => randomRecord(random, CUT_OFF));
    await put(records);
    expect((await storedSetOf(leavesAt(store, CUT_OFF))).chunkCount).toBeGreaterThan(4096n);
    await expectAgreement(records);
  });

  it('takes stamps up to the cut-off and expiries after it', async () => {
    const random = new SeededBytes('edges');
    const {key} = randomRecord(random, CUT_OFF);
    const at = (clockMs: bigint, expiryMs: bigint): RandomRecord => ({
      key: {...key, stamp: {...key.stamp, clockMs}, id: toHash(random.take(32))},
      expiryMs,
      data: random.take(10),
    });
    const records = [
      at(CUT_OFF, CUT_OFF + 1n),
      at(CUT_OFF + 1n, CUT_OFF + 5n),
      at(CUT_OFF, CUT_OFF),
      at(CUT_OFF - 5n, CUT_OFF - 1n),
    ];
    await put(records);
    expect((await storedSetOf(leavesAt(store, CUT_OFF))).recordCount).toBe(1n);
    await expectAgreement(records);
  });

  it('counts end leaves in the root alone', async () => {
    const {key} = randomRecord(new SeededBytes('end'), CUT_OFF);
    const stamp = {...key.stamp, clockMs: CUT_OFF};
    const end = {key: {...key, stamp}, expiryMs: CUT_OFF + 1n};
    await put([end]);
    const set = await storedSetOf(leavesAt(store, CUT_OFF));
    expect(set).toMatchObject({recordCount: 0n, chunkCount: 0n, bytes: 0n});
    expect(set.root).not.toEqual(new Uint8Array(32));
    await expectAgreement([end]);
  });
});

describe('answerChallenge', () => {
  async function fill() {
    const random = new SeededBytes('prover');
    const records = Array.from({length: 40}, () => randomRecord(random, CUT_OFF));
    await put(records);
    const set = await storedSetOf(leavesAt(store, CUT_OFF));
    const c = storedSetHash({...CLAIM, set});
    const challenge = {seed: seedOf(c), chunkCount: set.chunkCount};
    const live = records.find(
      ({key, expiryMs, data}) =>
        key.stamp.clockMs <= CUT_OFF && expiryMs > CUT_OFF && (data?.length ?? 0) > 0,
    );
    return {challenge, c, victim: live!};
  }
  const dataKey = (key: RecordKey) => concatBytes(Uint8Array.of(2), encode(RecordKey, key));

  it('differs from node to node', async () => {
    const {challenge, c} = await fill();
    const other = {...challenge, seed: seedOf(c, toNodeId(new Uint8Array(20).fill(0x23)))};
    expect(await answerAtCutOff(challenge)).not.toEqual(await answerAtCutOff(other));
  });

  it('differs when one bit of one message is damaged, and C does not show it', async () => {
    const {challenge, c, victim} = await fill();
    const before = await answerAtCutOff(challenge);
    const damaged = victim.data!.slice();
    damaged[0] = damaged[0]! ^ 1;
    const write = {type: 'put', key: dataKey(victim.key), value: damaged} as const;
    await store.batch([write], {sync: false});
    expect(await answerAtCutOff(challenge)).not.toEqual(before);
    const set = await storedSetOf(leavesAt(store, CUT_OFF));
    expect(storedSetHash({...CLAIM, set})).toEqual(c);
  });

  it('cannot be given without a message or with one of another length', async () => {
    const {challenge, victim} = await fill();
    const key = dataKey(victim.key);
    await store.batch([{type: 'put', key, value: victim.data!.slice(1)}], {sync: false});
    await expect(answerAtCutOff(challenge)).rejects.toThrow('MESSAGING_RECORD_DAMAGED');
    await store.batch([{type: 'delete', key}], {sync: false});
    await expect(answerAtCutOff(challenge)).rejects.toThrow(MessagingError);
  });

  it('cannot be given on a set with more chunks than there are', async () => {
    const {challenge} = await fill();
    const more = {...challenge, chunkCount: challenge.chunkCount + 1n};
    await expect(answerAtCutOff(more)).rejects.toThrow('MESSAGING_OTHER_SET');
  });
});
