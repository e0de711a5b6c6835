import {expect, it} from 'vitest';
import {decodeIdentity, encodeIdentity} from '../../src/crypto/identity.ts';
import {IdentitySecrets} from '../../src/crypto/identity-file.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {storedSetHash} from '../../src/crypto/stored-set-hash.ts';
import {DutyLedger} from '../../src/daemon/duty-ledger.ts';
import {peerSnapshotIn} from '../../src/daemon/peer-snapshot.ts';
import {leavesOfEpoch, overrideWrites} from '../../src/messaging/epoch-leaves.ts';
import {EpochSets} from '../../src/messaging/epoch-sets.ts';
import {HandOver} from '../../src/messaging/hand-over.ts';
import {Hints} from '../../src/messaging/hints.ts';
import {RecordDatabase} from '../../src/messaging/record-database.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {StampCeiling} from '../../src/messaging/stamp-ceiling.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {KnownPeers} from '../../src/network/peer-keeper.ts';
import {bytesToHex, hexToBytes, toChainId, toNodeId} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {SetLeaf} from '../../src/protocol/stored-record.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {shownValue} from '../client/shown-value.ts';
import vectors from '../client/vectors/node-files.json' with {type: 'json'};
import {SERVED, UNSERVED} from '../messaging/holders.ts';

/** SPEC.md §13 against files and databases that a second encoder made. */
const chain = {networkId: vectors.networkId, chainId: toChainId(hexToBytes(vectors.chainId))};
const nodeId = toNodeId(hexToBytes(vectors.nodeId));
const NEVER = new AbortController().signal;

async function contentOf(disk: MemoryStore) {
  const found: {readonly key: string; readonly value: string}[] = [];
  for await (const [key, value] of disk.iterate()) {
    found.push({key: bytesToHex(key), value: bytesToHex(value)});
  }
  return found;
}
const expected = (entries: typeof vectors.records) => entries.map(({key, value}) => ({key, value}));

it.each(vectors.identities)('identity file of $secrets.type', ({secrets, file, sealed}) => {
  const plain = hexToBytes(file);
  const identity = decodeIdentity(plain);
  // Magic, version and the union's id come first.
  expect(shownValue(decode(IdentitySecrets, plain.slice(24 + 2 + 4)))).toEqual(secrets);
  expect(bytesToHex(encodeIdentity(identity))).toBe(file);
  expect(decodeIdentity(hexToBytes(sealed), vectors.passphrase)).toEqual(identity);
  const composed = vectors.passphrase.normalize('NFKC');
  expect(composed).not.toBe(vectors.passphrase);
  expect(decodeIdentity(hexToBytes(sealed), composed)).toEqual(identity);
  expect(() => decodeIdentity(hexToBytes(sealed), `${composed} `)).toThrow('CRYPTO_OPEN_FAILED');
});

it('the record database after two stores, a delete and an epoch', async () => {
  await initCrypto();
  const disk = new MemoryStore();
  const store: RecordStore = {
    get: (key) => disk.get(key),
    getMany: (keys) => disk.getMany(keys),
    has: (key) => disk.has(key),
    iterate: (range) => disk.iterate(range),
    write: (writes) => disk.batch(writes),
  };
  const database = new RecordDatabase(store);
  const operations = vectors.operations.map(({bytes}) => decode(Operation, hexToBytes(bytes)));
  for (const operation of operations) await database.apply(operation);
  await new Hints(store).add([toNodeId(hexToBytes(vectors.hintFor))], [operations[1]!.stamp]);
  const place = {swarmId: 0, swarmExponent: 0};
  const state = {...place, epoch: BigInt(vectors.epoch), members: [nodeId], acknowledge: []};
  const sets = await EpochSets.open({
    store,
    repair: {run: async () => ({pulled: 0, pushed: 0, members: 1})} as never,
    members: {call: () => Promise.reject(new Error('nobody is asked'))},
    nodeId,
    swarm: () => state,
    claim: (epoch, swarmId) => ({...chain, epoch, swarmId}),
  });
  const cut = {epoch: BigInt(vectors.epoch), cutOffMs: BigInt(vectors.cutOffMs), place};
  await sets.reconcile(cut, NEVER);
  await sets.settle(cut, 0);
  const {otherSet} = vectors;
  const before = {epoch: BigInt(otherSet.epoch), cutOffMs: BigInt(otherSet.cutOffMs), place};
  const leaves = otherSet.leaves.map((bytes) => decode(SetLeaf, hexToBytes(bytes)));
  await store.write(await overrideWrites(store, before, leaves));
  const peers = vectors.peers.map((peer) => decode(SignedPeerRecord, hexToBytes(peer)));
  await peerSnapshotIn(store).save(encode(KnownPeers, peers));
  const clock = {nowMs: () => Number(cut.cutOffMs) - 2500};
  const ceiling = await StampCeiling.open({store, clock, toleranceMs: 10_000n});
  await ceiling.admit({clockMs: cut.cutOffMs - 2500n});
  const handOver = await HandOver.open(store);
  const [epoch, transitions] = [BigInt(vectors.epoch), BigInt(vectors.transitions)];
  const swarms = [SERVED, SERVED, UNSERVED, SERVED];
  await handOver.over({epoch, transitions, swarmExponent: 2, own: {swarmId: 0}, swarms});
  expect(await contentOf(disk)).toEqual(expected(vectors.records));
  const set = await storedSetOf(leavesOfEpoch(store, cut));
  const c = storedSetHash({...chain, epoch: cut.epoch, swarmId: place.swarmId, set});
  const committed = vectors.records.find(({name}) => name === 'committed');
  expect(committed?.value).toContain(bytesToHex(c));
});

it('the ledger after the duties of an epoch', async () => {
  const disk = new MemoryStore();
  const ledger = new DutyLedger(disk, {chainId: chain.chainId, nodeId});
  const epoch = BigInt(vectors.epoch);
  const tx = (first: number) => Uint8Array.from({length: 10}, (_, i) => first + i);
  await ledger.record({epoch, kind: 'storageCommitment', revision: 0}, tx(1), 131_071);
  await ledger.record({epoch, kind: 'storageCommitment', revision: 1}, tx(2));
  await ledger.record({epoch, kind: 'uptimeResponse', revision: 0}, tx(3));
  await ledger.takeOver(11n, 131_070);
  await ledger.noteDoubts({epoch, nodeIds: [toNodeId(hexToBytes(vectors.hintFor))]});
  expect(await contentOf(disk)).toEqual(expected(vectors.ledger));
});
