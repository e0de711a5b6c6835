import {blake3} from '@noble/hashes/blake3.js';
import * as is from '../second-codec.ts';
import {hex, join, type Piece, tagged} from '../second-codec.ts';
import {bob, CHAIN_ID, filled, NETWORK_ID, people, seeds, TIME_MS} from './fixtures.ts';
import {namespaceVectors} from './namespaces.ts';
import {choices} from './overlay-choices.ts';
import {
  chainSeed,
  clientAnswers,
  clientRequests,
  data,
  memberAnswers,
  memberRequests,
  messageIdOf,
  nodeId,
  peerId,
  readersPlace,
  signedPeerRecord,
  stampOf,
  transportSeed,
} from './overlay-values.ts';

type Vector = {
  readonly name: string;
  readonly codec: string;
  readonly value: unknown;
  readonly bytes: string;
};

const vector = (name: string, codec: string, {value, bytes}: Piece): Vector => ({
  name,
  codec,
  value,
  bytes: hex(bytes),
});

/** The length as a varint, then the frame. */
function framed(bytes: Uint8Array): Uint8Array {
  const {length} = bytes;
  const prefix = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return join(Uint8Array.from(prefix), bytes);
}
const body = is.blob(clientRequests[0]!.bytes);
const frames: readonly Piece[] = [
  is.variant(0, 'request', is.struct({id: is.u32(1), body})),
  is.variant(1, 'answer', is.struct({id: is.u32(1), body: is.blob(filled(150, 0))})),
  is.variant(
    2,
    'error',
    is.struct({
      id: is.u32(2),
      code: is.utf8('NETWORK_RATE_LIMITED'),
      facts: is.list(is.struct({name: is.utf8('retryMs'), value: is.utf8('4')})),
    }),
  ),
  is.variant(3, 'event', is.struct({id: is.u32(3), body})),
  is.variant(4, 'cancel', is.struct({id: is.u32(0xffffffff)})),
];

/** D of §15.7 over stamps of one coordinator, one for each ms. */
function digestOf(count: number): string {
  const all = Array.from({length: count}, (_, i) => stampOf(TIME_MS + BigInt(i)).bytes);
  let digest = new Uint8Array(32);
  for (let at = 0; at < count; at += 1024) {
    digest = Uint8Array.from(
      tagged('lux/session/stamp-digest/v1', digest, ...all.slice(at, at + 1024)),
    );
  }
  return hex(digest);
}

/** §15.6: the order in which an inbox prefers so many members. */
function preferenceOf(count: number): unknown {
  const members = Array.from({length: count}, (_, i) => filled(20, i + 1));
  const places = members.map((member) => {
    const place = tagged('lux/session/preference/v1', bob.sessionId, member);
    return {member: hex(member), place: hex(Uint8Array.from(place))};
  });
  const ordered = [...places].sort((a, b) => (a.place < b.place ? -1 : 1));
  return {
    account: hex(bob.sessionId),
    members: members.map(hex),
    ordered: ordered.map(({member}) => member),
  };
}

/** §2: the swarm of an inbox among 2^k, for one k after the other. */
function swarmsOf(account: Uint8Array): object {
  const number = BigInt(`0x${hex(blake3(account))}`);
  const swarms = Array.from({length: 13}, (_, k) => ({
    swarmExponent: k,
    swarmId: Number(BigInt.asUintN(k, number)),
  }));
  return {account: hex(account), swarms};
}

export function overlayVectors(): unknown {
  const chainText = is.cb58(CHAIN_ID);
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    protocolIds: ['client', 'member', 'kad'].map((name) => `/sessionvm/${chainText}/${name}/1`),
    node: {
      signingSeed: hex(seeds[0]!.signingSeed),
      nodeId: hex(nodeId),
      chainSeed: hex(chainSeed),
      transportSeed: hex(transportSeed),
      peerId: hex(peerId),
      peerIdText: is.base58(peerId),
      dhtKey: `/sessionvm-peer/${hex(nodeId)}`,
    },
    owner: {signingSeed: hex(seeds[1]!.signingSeed), kemSeed: hex(seeds[1]!.kemSeed)},
    messageIds: [0, 2, -1].map((where) => ({
      account: hex(bob.sessionId),
      namespace: where,
      data: hex(data),
      id: hex(messageIdOf(bob.sessionId, where, data)),
    })),
    stampDigests: [0, 1, 1024, 1025].map((count) => ({
      firstClockMs: TIME_MS.toString(),
      coordinator: hex(nodeId),
      count,
      digest: digestOf(count),
    })),
    namespaces: namespaceVectors(),
    inboxes: people.map(({sessionId}) => swarmsOf(sessionId)),
    preferences: [1, 2, 10].map((members) => preferenceOf(members)),
    frames: frames.map(({value, bytes}) => ({value, framed: hex(framed(bytes))})),
    values: [
      vector('a node’s record', 'SignedPeerRecord', signedPeerRecord),
      ...clientRequests.map((each, i) => vector(`client request ${i}`, 'ClientRequest', each)),
      ...clientAnswers.map((each, i) => vector(`client answer ${i}`, 'ClientAnswer', each)),
      ...memberRequests.map((each, i) => vector(`member request ${i}`, 'MemberRequest', each)),
      ...memberAnswers.map((each, i) => vector(`member answer ${i}`, 'MemberAnswer', each)),
      vector('a reader’s place', 'ReaderRecord', readersPlace),
    ],
    choices: choices.map(({name, codec, piece}) => vector(name, codec, piece)),
  };
}
