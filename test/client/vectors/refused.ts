import * as is from '../second-codec.ts';
import {hex, join, type Piece, tagged} from '../second-codec.ts';
import {receiptByHand, rootByHand, signBy} from '../second-seal.ts';
import {alice, bob, CHAIN_ID, chain, filled, NETWORK_ID, TIME_MS} from './fixtures.ts';
import {nodeId, peerId, peerRecordOf, stampOf} from './overlay-values.ts';

/** What a second implementation must refuse: bytes (SPEC.md §1), names, peer records, receipts. */
type Refused = {
  readonly name: string;
  readonly codec: string;
  readonly code: string;
  readonly bytes: Uint8Array;
};

const raw = (...bytes: readonly number[]): Piece => ({value: null, bytes: Uint8Array.from(bytes)});
const span = {fromMs: is.u64(TIME_MS), toMs: is.u64(TIME_MS)};
const digest = is.variant(1, 'digest', is.struct(span)).bytes;
const stamp = stampOf(TIME_MS).bytes;
const inbox = {account: is.fixed(bob.sessionId), namespace: is.i16(0)};

/** A frame of type error with this code and so many empty facts. */
const errorFrame = (code: Piece, facts = 0): Uint8Array => {
  const fact = is.struct({name: is.utf8(''), value: is.utf8('')});
  const all = is.list(...Array.from({length: facts}, () => fact));
  return is.variant(2, 'error', is.struct({id: is.u32(1), code, facts: all})).bytes;
};
const text = (...bytes: readonly number[]): Piece => is.blob(Uint8Array.from(bytes));

const retrieve = (consistency: number): Uint8Array => {
  const params = is.struct({
    ...inbox,
    after: is.maybe(),
    maxRecords: is.u32(1),
    maxBytes: is.u32(1),
    consistency: is.u8(consistency),
  });
  return is.variant(3, 'retrieve', is.struct({params, auth: is.maybe()})).bytes;
};
const watch = (after: Piece): Uint8Array =>
  is.variant(5, 'watch', is.struct({params: is.struct({...inbox, after}), auth: is.maybe()})).bytes;
const sealed = (version: number, boxBytes: number): Uint8Array =>
  is.versioned(
    version,
    is.struct({kemCiphertext: is.fixed(filled(1088, 0)), box: is.blob(filled(boxBytes, 0))}),
  ).bytes;

function decoding(): readonly Refused[] {
  const [range, limit, badText] = ['OUT_OF_RANGE', 'LENGTH_LIMIT', 'BAD_TEXT'].map(
    (end) => `CODEC_${end}`,
  ) as [string, string, string];
  const page = is.struct({records: is.list(), more: raw(2)});
  const none = is.struct({cursor: is.maybe(), seen: is.list()});
  const client = (name: string, code: string, bytes: Uint8Array): Refused => ({
    name,
    codec: 'ClientRequest',
    code,
    bytes,
  });
  const frame = (name: string, code: string, bytes: Uint8Array): Refused => ({
    name,
    codec: 'Frame',
    code,
    bytes,
  });
  return [
    {name: 'nothing', codec: 'Stamp', code: 'CODEC_TRUNCATED', bytes: raw().bytes},
    {
      name: 'a byte too few',
      codec: 'MemberRequest',
      code: 'CODEC_TRUNCATED',
      bytes: digest.slice(0, -1),
    },
    {
      name: 'a byte too many',
      codec: 'MemberRequest',
      code: 'CODEC_TRAILING_BYTES',
      bytes: join(digest, raw(0).bytes),
    },
    {
      name: 'a byte more than the longest value',
      codec: 'Stamp',
      code: limit,
      bytes: join(stamp, raw(0).bytes),
    },
    {
      name: 'bool 2',
      codec: 'ClientAnswer',
      code: range,
      bytes: is.variant(5, 'watch', page).bytes,
    },
    client('optional 2', range, watch(raw(2))),
    client('consistency 2', range, retrieve(2)),
    client('an unknown type id', 'CODEC_UNKNOWN_TYPE', is.variant(6, '', is.struct({})).bytes),
    {
      name: 'an unknown version',
      codec: 'ReaderRecord',
      code: 'CODEC_UNKNOWN_VERSION',
      bytes: is.versioned(1, none).bytes,
    },
    frame('nine facts', limit, errorFrame(is.utf8('NETWORK_INTERNAL'), 9)),
    frame('a code of 65 bytes', limit, errorFrame(is.utf8('x'.repeat(65)))),
    frame('a length above its bound', limit, errorFrame(raw(0xff, 0xff, 0xff, 0xff))),
    frame('a length beyond the input', 'CODEC_TRUNCATED', errorFrame(raw(0, 0, 0, 5))),
    frame('no UTF-8: ff', badText, errorFrame(text(0xff))),
    frame('no UTF-8: longer than needed', badText, errorFrame(text(0xc0, 0x80))),
    frame('no UTF-8: half of a pair', badText, errorFrame(text(0xed, 0xa0, 0x80))),
    frame('no UTF-8: ends early', badText, errorFrame(text(0x61, 0xe2, 0x82))),
    {
      name: 'a box of another length',
      codec: 'SealedMessage',
      code: range,
      bytes: sealed(1, 100),
    },
    {
      name: 'a sealed message of another version',
      codec: 'SealedMessage',
      code: 'CODEC_UNKNOWN_VERSION',
      bytes: sealed(2, 7098),
    },
  ];
}

/** Names of contact cards (§16.4); the last four are taken. */
const NAMES: readonly (readonly [string, string | null])[] = [
  ...['', ' Alice', 'Alice\u00a0', '\ufeffAlice', 'Al\u0007ice', 'Al\u0085ice', 'Al\u2028ice'],
  ...['Al\u2029ice', 'Al\u061cice', 'Al\u200fice', 'Al\u202eice', 'Al\u2069ice', 'Al\nice'],
]
  .map((name): readonly [string, string | null] => [name, 'CODEC_BAD_TEXT'])
  .concat([['x'.repeat(65), 'CODEC_LENGTH_LIMIT']])
  .concat(['x', 'Al ice', 'Al\u00a0ice', 'x'.repeat(64)].map((name) => [name, null]));

/** Signed by the node's key all the same. */
function peerRecords(): readonly object[] {
  const key = peerId.subarray(6);
  const plain = ['/ip4/192.0.2.1/tcp/22023'];
  const records: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    ['a secp256k1 key', join(Uint8Array.of(0x00, 0x25, 8, 2, 0x12, 0x21, 2), key), plain],
    ['the hash of a key', join(Uint8Array.of(0x12, 0x20), key), plain],
    ['a byte behind the key', join(peerId, Uint8Array.of(0)), plain],
    ['a byte too few', peerId.slice(0, -1), plain],
    ['nothing', new Uint8Array(), plain],
    ['an address with a peer', peerId, [`${plain[0]}/p2p/${is.base58(peerId)}`]],
  ];
  return records.map(([name, id, addresses]) => ({
    name,
    bytes: hex(peerRecordOf({peerId: id, addresses}).bytes),
  }));
}

const maker = {...chain, nodeId};
const receiptOf = (i: number): Uint8Array =>
  receiptByHand(maker, {
    swarmId: 3,
    swarmExponent: 2,
    epoch: 12n,
    account: bob.sessionId,
    namespace: 0,
    id: filled(32, i),
    clockMs: TIME_MS + BigInt(i),
    counter: 0,
    coordinator: nodeId,
    expiryMs: TIME_MS + 86_400_000n,
  });

/** Whatever it says, the signature is the node's over this root and count. */
function signedReceipt(
  receipt: Uint8Array,
  {index, count, path, root}: {index: number; count: number; path: Uint8Array[]; root: Uint8Array},
): string {
  const batch = join(is.u32(NETWORK_ID).bytes, CHAIN_ID, nodeId, root, is.u16(count).bytes);
  const signature = signBy(alice, 'lux-session-receipt-v1', batch);
  const place = join(is.u16(index).bytes, is.u16(count).bytes, is.u32(path.length).bytes);
  return hex(join(receipt, place, ...path, signature));
}

const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  tagged('lux/session/merkle-node/v1', left, right);

/** Each leads a verifier that leaves out one look to a root that was signed. */
function receipts(): readonly object[] {
  const all = Array.from({length: 1025}, (_, i) => receiptOf(i));
  const [first, second, last] = [all[0]!, all[1]!, all[1024]!];
  const [leaf, sibling] = [rootByHand([first]), rootByHand([second])];
  const pair = nodeOf(leaf, sibling);
  const alone = {index: 0, count: 1, path: [sibling]};
  const low = rootByHand(all.slice(0, 1024));
  return [
    ['index is count', first, {index: 2, count: 2, path: [sibling], root: pair}],
    ['count is 0', first, {index: 0, count: 0, path: [], root: leaf}],
    ['count is 1025', last, {index: 1024, count: 1025, path: [low], root: rootByHand(all)}],
    ['path is too short', first, {index: 0, count: 2, path: [], root: leaf}],
    ['path is too long, on the left', first, {...alone, root: nodeOf(sibling, leaf)}],
    ['path is too long, on the right', first, {...alone, root: pair}],
  ].map(([name, receipt, place]) => ({
    name,
    bytes: signedReceipt(receipt as Uint8Array, place as Parameters<typeof signedReceipt>[1]),
  }));
}

export function refusedVectors(): unknown {
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    nodeId: hex(nodeId),
    nowMs: TIME_MS.toString(),
    publicKey: hex(alice.signing.publicKey),
    decoding: decoding().map(({bytes, ...rest}) => ({...rest, bytes: hex(bytes)})),
    names: NAMES.map(([name, code]) => ({utf8: hex(Buffer.from(name, 'utf8')), code})),
    peerRecords: peerRecords(),
    receipts: receipts(),
  };
}
