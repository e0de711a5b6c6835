import {peerIdFromPrivateKey} from '@libp2p/peer-id';
import {describe, expect, it} from 'vitest';
import {ReaderRecord} from '../../src/client/reader-state.ts';
import {taggedHash} from '../../src/crypto/hash.ts';
import {nodeIdOf} from '../../src/crypto/ids.ts';
import {messageIdOf} from '../../src/crypto/message-id.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createReceiptVerifier} from '../../src/crypto/receipts.ts';
import {operationKey} from '../../src/messaging/key-space.ts';
import {requireValid} from '../../src/messaging/operation-checks.ts';
import {digestOf} from '../../src/messaging/operation-index.ts';
import {OwnerGate} from '../../src/messaging/owner-gate.ts';
import {FrameReader, lengthPrefix} from '../../src/network/frame-reader.ts';
import {peerIdToBytes, peerIdToString, transportKey} from '../../src/network/peer-identity.ts';
import {verifyPeerRecord} from '../../src/network/peer-records.ts';
import {recordKey} from '../../src/network/record-table.ts';
import {protocolId} from '../../src/network/request-protocol.ts';
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  toChainId,
  toNodeId,
  toSessionId,
  toSigningSeed,
} from '../../src/protocol/bytes.ts';
import {type Codec, decode, encode} from '../../src/protocol/codec.ts';
import {HASH_TAG} from '../../src/protocol/domains.ts';
import {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {Frame} from '../../src/protocol/overlay/frame.ts';
import {MemberAnswer, MemberRequest} from '../../src/protocol/overlay/member-protocol.ts';
import {maxTtlMs, namespaceKind} from '../../src/protocol/overlay/namespaces.ts';
import {SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {preferenceList} from '../../src/swarm/preference-list.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';
import {shownValue} from './shown-value.ts';
import vectors from './vectors/overlay.json' with {type: 'json'};

const chain = {
  networkId: vectors.networkId,
  chainId: toChainId(hexToBytes(vectors.chainId)),
};
const {node} = vectors;
const nodeId = toNodeId(hexToBytes(node.nodeId));
const nodeKey = createSigner(toSigningSeed(hexToBytes(node.signingSeed))).publicKey;

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  SignedPeerRecord,
  ClientRequest,
  ClientAnswer,
  MemberRequest,
  MemberAnswer,
  ReaderRecord,
};

const values = [...vectors.values, ...vectors.choices];
const bytesOf = (name: string): Uint8Array =>
  hexToBytes(values.find((each) => each.name === name)!.bytes);

it.each(values)('$name is read and written as its vector', ({codec, value, bytes}) => {
  const decoded = decode(CODECS[codec]!, hexToBytes(bytes));
  expect(shownValue(decoded)).toEqual(value);
  expect(bytesToHex(encode(CODECS[codec]!, decoded))).toBe(bytes);
});

it('there is a vector for each request and answer', () => {
  const counts = [ClientRequest, ClientAnswer, MemberRequest, MemberAnswer].map(
    ({name}) => vectors.values.filter(({codec}) => codec === name).length,
  );
  expect(counts).toEqual([6, 6, 8, 8]);
});

/** Where a value is absent or present, false or true: by the innermost variant, or the codec, and the field. */
function* sidesOf(value: unknown, within: string, field = ''): Generator<string> {
  const place = `${within}.${field}`;
  if (value === null || typeof value === 'boolean') yield `${place} ${value}`;
  else yield `${place} present`;
  if (Array.isArray(value)) for (const each of value) yield* sidesOf(each, within, field);
  else if (typeof value === 'object' && value !== null) {
    const {type, ...rest} = value as {readonly type?: unknown};
    const inner = typeof type === 'string' ? type : within;
    for (const [name, each] of Object.entries(rest)) yield* sidesOf(each, inner, name);
  }
}

it('whatever may be absent is present in another vector, and whatever is true is false in one', () => {
  const sides = new Set(values.flatMap(({codec, value}) => [...sidesOf(value, codec)]));
  const ends = (end: string) =>
    [...sides].filter((side) => side.endsWith(end)).map((side) => side.slice(0, -end.length));
  // Whether keys travel along is one choice, in whatever request.
  const absent = ends(' null').filter((place) => !place.endsWith('.keys'));
  expect(absent.length).toBeGreaterThan(11);
  for (const place of absent) expect(sides).toContain(`${place} present`);
  expect(ends(' true').sort()).toEqual(ends(' false').sort());
});

it.each(vectors.frames)('a frame of type $value.type goes over the wire as its vector', (frame) => {
  const framed = hexToBytes(frame.framed);
  const reader = new FrameReader(Frame.maxSize);
  reader.push(framed);
  const bytes = reader.next()!;
  const decoded = decode(Frame, bytes);
  expect(shownValue(decoded)).toEqual(frame.value);
  const again = encode(Frame, decoded);
  expect(concatBytes(lengthPrefix(again.length), again)).toEqual(framed);
});

describe('a node', () => {
  it('has the NodeID, libp2p identity, protocols and place in the DHT of its seeds', async () => {
    expect(nodeIdOf(chain.chainId, nodeKey)).toEqual(nodeId);
    const seed = taggedHash(HASH_TAG.transportKey, hexToBytes(node.chainSeed), chain.chainId);
    expect(bytesToHex(seed)).toBe(node.transportSeed);
    const peerId = peerIdToBytes(peerIdFromPrivateKey(await transportKey(seed)));
    expect(bytesToHex(peerId)).toBe(node.peerId);
    expect(peerIdToString(peerId)).toBe(node.peerIdText);
    expect(Buffer.from(recordKey(nodeId)).toString()).toBe(node.dhtKey);
    const ids = ['client', 'member', 'kad'].map((name) => protocolId(chain.chainId, name));
    expect(ids).toEqual(vectors.protocolIds);
  });

  it('has signed its peer record', async () => {
    const signed = decode(SignedPeerRecord, bytesOf('a node’s record'));
    const keys = {signingKeyOf: async () => nodeKey};
    const nowMs = Number(signed.record.sequence);
    await verifyPeerRecord(signed, {chain, keys, nowMs, remotePeerId: node.peerIdText});
    const check = {chain, keys, nowMs: nowMs + 3_600_000};
    await expect(verifyPeerRecord(signed, check)).rejects.toThrow('NETWORK_BAD_PEER_RECORD');
  });

  it('has signed its receipts', async () => {
    for (const name of ['member answer 0', 'a receipt with a path']) {
      const answer = decode(MemberAnswer, bytesOf(name));
      const receipt = answer.type === 'write' ? answer.value.receipt : undefined;
      expect(await createReceiptVerifier()(receipt!, nodeKey)).toBe(true);
    }
  });
});

it('an operation between members holds by its owner’s signature', async () => {
  const request = decode(MemberRequest, bytesOf('member request 0'));
  if (request.type !== 'write') throw new Error(request.type);
  const state = {epoch: 12n, swarmId: 3, swarmExponent: 2, members: [], acknowledge: []};
  const swarms = {
    own: () => state,
    swarmOf: () => state,
    lateBeforeMs: () => 0n,
  };
  const gate = new OwnerGate({nowMs: () => 0}, setImmediate);
  const database = {bytesOf: async () => undefined};
  const {operation} = request.value;
  const rest = {gate, swarms, database};
  await expect(requireValid(operation, {...rest, chain})).resolves.toBeUndefined();
  const elsewhere = requireValid(operation, {...rest, chain: {...chain, networkId: 0}});
  await expect(elsewhere).rejects.toThrow('MESSAGING_BAD_SIGNATURE');
});

it.each(vectors.messageIds)('message id in namespace $namespace', (vector) => {
  const account = toSessionId(hexToBytes(vector.account));
  const id = messageIdOf({account, namespace: vector.namespace}, hexToBytes(vector.data));
  expect(bytesToHex(id)).toBe(vector.id);
});

it.each(vectors.namespaces)('namespace $namespace: $kind', ({namespace, ...vector}) => {
  expect(namespaceKind(namespace)).toBe(vector.kind);
  expect(maxTtlMs(namespace).toString()).toBe(vector.longestLifetimeMs);
});

it.each(vectors.inboxes)('swarms of inbox $account', ({account, swarms}) => {
  expect(swarms).toHaveLength(13);
  for (const {swarmExponent, swarmId} of swarms) {
    expect(swarmOf(toSessionId(hexToBytes(account)), swarmExponent)).toBe(swarmId);
  }
});

it.each(vectors.preferences)('order of preference of $members.length members', (vector) => {
  const members = vector.members.map((text) => ({nodeId: toNodeId(hexToBytes(text))}));
  const account = toSessionId(hexToBytes(vector.account));
  const ordered = preferenceList(account, members).map(({nodeId}) => bytesToHex(nodeId));
  expect(ordered).toEqual(vector.ordered);
});

it.each(vectors.stampDigests)('digest of $count stamps', async (vector) => {
  const store = new MemoryStore();
  const firstMs = BigInt(vector.firstClockMs);
  const coordinator = toNodeId(hexToBytes(vector.coordinator));
  const writes = Array.from({length: vector.count}, (_, i) => ({
    type: 'put' as const,
    key: operationKey({clockMs: firstMs + BigInt(i), counter: 0, coordinator}),
    value: new Uint8Array(),
  }));
  await store.batch(writes);
  const span = {fromMs: firstMs, toMs: firstMs + 10_000n};
  const {count, digest} = await digestOf(store, span);
  expect({count, digest: bytesToHex(digest)}).toEqual({
    count: vector.count,
    digest: vector.digest,
  });
});
