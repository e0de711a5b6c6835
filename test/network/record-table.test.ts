import type {KadDHT} from '@libp2p/kad-dht';
import {peerIdFromPrivateKey} from '@libp2p/peer-id';
import {describe, expect, it} from 'vitest';
import {peerIdToBytes, transportKey} from '../../src/network/peer-identity.ts';
import {signPeerRecord} from '../../src/network/peer-records.ts';
import {RecordBook} from '../../src/network/record-book.ts';
import {createRecordTable, recordKey, recordRules} from '../../src/network/record-table.ts';
import {decodeKept, encode} from '../../src/protocol/codec.ts';
import {SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {CHAIN, createNode, type Node, Registry} from './network.ts';

const NOW_MS = 1_800_000_000_000;

async function recordOf(node: Node, sequence: bigint, signer = node.signer): Promise<Uint8Array> {
  const peerId = peerIdToBytes(peerIdFromPrivateKey(await transportKey(node.transportSeed)));
  const record = {
    ...CHAIN,
    nodeId: node.nodeId,
    peerId,
    addresses: ['/ip4/127.0.0.1/tcp/1'],
    sequence,
    expiresMs: BigInt(NOW_MS) + 1000n,
  };
  return encode(SignedPeerRecord, signPeerRecord(record, signer));
}

function rulesWith(...nodes: readonly Node[]) {
  const registry = new Registry();
  registry.add(...nodes);
  const book = new RecordBook({chain: CHAIN, keys: registry, ports: {nowMs: () => NOW_MS}});
  const {validators, selectors} = recordRules(book);
  return {
    book,
    validators,
    validate: validators['sessionvm-peer']!,
    select: selectors['sessionvm-peer']!,
  };
}

const bad = (problem: string) =>
  expect.objectContaining({code: 'NETWORK_BAD_PEER_RECORD', details: {problem}});

describe('what the DHT takes', () => {
  it('is a verified record under the key of its node, as often as it comes', async () => {
    const node = createNode();
    const {validate, book} = rulesWith(node);
    const value = await recordOf(node, 5n);
    await validate(recordKey(node.nodeId), value);
    await validate(recordKey(node.nodeId), value);
    expect(book.get(node.nodeId)?.record.sequence).toBe(5n);
  });

  it('is kept as a copy, whatever becomes of the frame that brought it', async () => {
    const node = createNode();
    const {book} = rulesWith(node);
    const frame = await recordOf(node, 5n);
    await book.learn(decodeKept(SignedPeerRecord, frame));
    frame.fill(0xff);
    const {record, signature} = book.get(node.nodeId) ?? expect.fail('not known');
    expect(signature.every((byte) => byte === 0xff)).toBe(false);
    expect(record.nodeId).toEqual(node.nodeId);
  });

  it('is no older record, and no other of the same sequence', async () => {
    const node = createNode();
    const {validate} = rulesWith(node);
    await validate(recordKey(node.nodeId), await recordOf(node, 5n));
    for (const sequence of [4n, 5n]) {
      const value = await recordOf(node, sequence);
      await expect(validate(recordKey(node.nodeId), value)).rejects.toEqual(
        bad('older than one known'),
      );
    }
  });

  it('is nothing under the key of another node, or that another signed', async () => {
    const [node, other] = [createNode(), createNode()];
    const {validate} = rulesWith(node, other);
    const value = await recordOf(node, 1n);
    await expect(validate(recordKey(other.nodeId), value)).rejects.toEqual(bad('key'));
    const forged = await recordOf(node, 1n, other.signer);
    await expect(validate(recordKey(node.nodeId), forged)).rejects.toEqual(bad('signature'));
  });

  it('is nothing of a node that is not registered, nothing else, and nothing of other kinds', async () => {
    const node = createNode();
    const {validate, validators} = rulesWith();
    await expect(validate(recordKey(node.nodeId), await recordOf(node, 1n))).rejects.toEqual(
      expect.objectContaining({code: 'NETWORK_UNKNOWN_PEER'}),
    );
    await expect(validate(recordKey(node.nodeId), new Uint8Array(9))).rejects.toEqual(
      expect.objectContaining({code: 'CODEC_TRUNCATED'}),
    );
    await expect(validators['pk']!(new Uint8Array(), new Uint8Array())).rejects.toEqual(bad('key'));
  });
});

it('of several records the DHT selects the newest; bytes that are none never win', async () => {
  const node = createNode();
  const {select} = rulesWith(node);
  const values = [new Uint8Array(3), await recordOf(node, 1n), await recordOf(node, 3n)];
  expect(select(recordKey(node.nodeId), values)).toBe(2);
  expect(select(recordKey(node.nodeId), values.slice(0, 2))).toBe(1);
});

it('a look-up takes the newest of three answers and leaves the other nodes alone', async () => {
  const node = createNode();
  const values = await Promise.all([4n, 6n, 5n, 7n].map((sequence) => recordOf(node, sequence)));
  let asked = 0;
  const dht = {
    async *get() {
      yield {name: 'PEER_RESPONSE', messageName: 'GET_VALUE'};
      for (const value of values) {
        asked += 1;
        yield {name: 'PEER_RESPONSE', messageName: 'GET_VALUE', record: {value}};
      }
    },
  } as unknown as KadDHT;
  const found = await createRecordTable(dht).get(node.nodeId, new AbortController().signal);
  expect(found?.record.sequence).toBe(6n);
  expect(asked).toBe(3);
});
