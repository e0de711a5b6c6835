import type {Piece} from '../../client/second-codec.ts';
import * as is from '../../client/second-codec.ts';

/** SPEC.md §8.2 and §12 by the second encoder: proofs, the plugin's database, messages between plugins. */
export type Named = {readonly name: string; readonly codec: string; readonly piece: Piece};

const bytesOf = (length: number, first: number): Uint8Array =>
  Uint8Array.from({length}, (_, i) => (first + i) % 256);
const hash = (first: number): Piece => is.fixed(bytesOf(32, first));
const nodeId = is.fixed(bytesOf(20, 0x70));
const MAX_U64 = 2n ** 64n - 1n;

const summary = (height: bigint, first: number): Piece =>
  is.versioned(
    0,
    is.struct({height: is.u64(height), blockId: hash(first), stateRoot: hash(first + 1)}),
  );

const upgrade = (activatesAtMs: bigint, minStake: bigint): Piece =>
  is.struct({
    activatesAtMs: is.u64(activatesAtMs),
    rules: is.struct({
      minStake: is.u64(minStake),
      minFee: is.u64(1000n),
      minCapacity: is.u64(10_737_418_240n),
      unbondingSeconds: is.u32(1_814_400),
      minPeers: is.u8(4),
      swarmHysteresis: is.u8(3),
      seatsPerEpoch: is.u16(1),
      answerHeights: is.u16(32),
      roundAHeights: is.u16(8),
      credit: is.struct({initial: is.u16(2), growEvery: is.u16(30), cap: is.u16(48)}),
    }),
  });

const facts = (status: number, seat: number, swarmId: number, stake: bigint): Piece =>
  is.struct({
    status: is.u8(status),
    leaving: is.u8(status === 1 ? 2 : 0),
    seat: is.u8(seat),
    swarmId: is.u32(swarmId),
    stake: is.u64(stake),
  });

const epoch = is.u64(5n);
const swarmId = is.u32(3);
const miss = {
  reasons: is.u16(3),
  burned: is.u64(500_000n),
  paidByCredit: is.bool(false),
  excused: is.bool(true),
};
const EVENTS: readonly Piece[] = [
  is.variant(
    0,
    'block',
    is.struct({
      parentId: hash(0x10),
      stateRoot: hash(0x20),
      txCount: is.u32(2),
      size: is.u32(7000),
    }),
  ),
  is.variant(1, 'epochStarted', is.struct({epoch, dutyCount: is.u32(11), swarmExponent: is.u8(2)})),
  is.variant(2, 'epochDrawn', is.struct({epoch, mix: hash(0x30)})),
  is.variant(3, 'majoritiesFixed', is.struct({epoch, swarmsWithoutMajority: is.u32(1)})),
  is.variant(4, 'answersClosed', is.struct({epoch})),
  is.variant(
    5,
    'node',
    is.struct({
      nodeId,
      changes: is.u16(4 + 8 + 16),
      before: is.maybe(facts(0, 2, 3, 100_000_000n)),
      after: is.maybe(facts(1, 0, 0xffff_ffff, 99_500_000n)),
    }),
  ),
  is.variant(
    5,
    'node',
    is.struct({
      nodeId,
      changes: is.u16(1),
      before: is.maybe(),
      after: is.maybe(facts(0, 0, 0xffff_ffff, 100_000_000n)),
    }),
  ),
  is.variant(6, 'miss', is.struct({nodeId, epoch, ...miss})),
  is.variant(
    7,
    'commitment',
    is.struct({nodeId, epoch, swarmId, revision: is.u8(1), c: hash(0x40)}),
  ),
  is.variant(8, 'swarmCount', is.struct({change: is.u8(1), swarmExponent: is.u8(3)})),
  is.variant(9, 'swarmMember', is.struct({change: is.u8(2), swarmId, nodeId})),
  is.variant(10, 'swarmRestarted', is.struct({swarmId})),
];

const DATABASE: readonly Named[] = [
  {
    name: 'whose database it is',
    codec: 'ChainIdentity',
    piece: is.versioned(
      1,
      is.struct({networkId: is.u32(1337), chainId: hash(0xa0), genesisHash: hash(0xb0)}),
    ),
  },
  {
    name: 'the last accepted block',
    codec: 'LastAccepted',
    piece: is.struct({id: hash(0x50), height: is.u64(17n)}),
  },
  {
    name: 'two upgrades in force',
    codec: 'AppliedUpgrades',
    piece: is.versioned(
      1,
      is.list(upgrade(1_767_229_200_000n, 100_000_000n), upgrade(1_767_236_400_000n, MAX_U64)),
    ),
  },
  {
    name: 'the second slot',
    codec: 'StateSlot',
    piece: is.versioned(0, is.struct({slot: is.u8(1)})),
  },
  {name: 'a summary', codec: 'StateSummary', piece: summary(17n, 0x50)},
  {
    name: 'summaries of two epochs',
    codec: 'RecentSummaries',
    piece: is.versioned(0, is.struct({summaries: is.list(summary(9n, 0x52), summary(17n, 0x50))})),
  },
  {
    name: 'what is known of the past',
    codec: 'HistoryBounds',
    piece: is.versioned(
      0,
      is.struct({eventsFrom: is.u64(8n), missesFrom: is.u64(1n), newest: is.u64(17n)}),
    ),
  },
  {
    name: 'an event of each kind',
    codec: 'EventChunk',
    piece: is.versioned(
      0,
      is.struct({
        blockId: hash(0x50),
        timestamp: is.u64(1_767_225_700_000n),
        events: is.list(...EVENTS),
      }),
    ),
  },
  {
    name: 'a miss',
    codec: 'MissRecord',
    piece: is.versioned(0, is.struct({height: is.u64(17n), ...miss})),
  },
];

const txs = is.struct({txs: is.list(is.blob(bytesOf(10, 1)), is.blob(bytesOf(70, 2)))});
const path = is.list(is.bool(true), is.bool(false), is.bool(true));
const leaf = (first: number): Piece =>
  is.struct({key: is.blob(bytesOf(5, first)), value: is.blob(bytesOf(20, first))});
const inner = (bitIndex: number, first: number): Piece =>
  is.struct({bitIndex: is.u16(bitIndex), left: hash(first), right: hash(first + 1)});

type Message = readonly [name: string, codec: string, typeId: number, type: string, body: Piece];

const filter = is.struct({salt: is.fixed(bytesOf(16, 0)), bits: is.blob(bytesOf(8, 0xd0))});
const unknown = is.variant(0, 'unknown', is.struct({}));
const leaves = is.variant(1, 'leaves', is.struct({leaves: is.list(leaf(1), leaf(2))}));
const top = is.variant(2, 'top', is.struct({nodes: is.list(inner(4, 0x60), inner(511, 0x62))}));
const block = is.struct({block: is.maybe(is.blob(bytesOf(90, 0)))});
const noBlock = is.struct({block: is.maybe()});

const MESSAGES: readonly Message[] = [
  ['transactions pushed', 'GossipMessage', 0, 'txs', txs],
  ['a pull', 'PeerRequest', 0, 'pullTxs', filter],
  ['what was pulled', 'PeerAnswer', 0, 'pullTxs', txs],
  ['a subtree', 'PeerRequest', 16, 'stateSubtree', is.struct({root: hash(0x20), path})],
  ['an unknown subtree', 'PeerAnswer', 16, 'stateSubtree', unknown],
  ['leaves of a subtree', 'PeerAnswer', 16, 'stateSubtree', leaves],
  ['the top of a subtree', 'PeerAnswer', 16, 'stateSubtree', top],
  ['the block of a summary', 'PeerRequest', 17, 'summaryBlock', is.struct({blockId: hash(0x50)})],
  ['a block', 'PeerAnswer', 17, 'summaryBlock', block],
  ['no block', 'PeerAnswer', 17, 'summaryBlock', noBlock],
];

const named = ([name, codec, typeId, type, body]: Message): Named => ({
  name,
  codec,
  piece: is.versioned(0, is.variant(typeId, type, body)),
});

const steps = is.list(
  is.struct({bitIndex: is.u16(3), sibling: hash(0x80)}),
  is.struct({bitIndex: is.u16(12), sibling: hash(0x90)}),
);
const proven = is.struct({key: is.blob(bytesOf(21, 0x20)), valueHash: hash(0xc0)});

const PROOFS: readonly Named[] = [
  {
    name: 'a proof',
    codec: 'StateProof',
    piece: is.struct({path: steps, leaf: is.maybe(proven)}),
  },
  {
    name: 'a proof of an empty map',
    codec: 'StateProof',
    piece: is.struct({path: is.list(), leaf: is.maybe()}),
  },
  {
    name: 'a proof of two entries',
    codec: 'StatePrefixProof',
    piece: is.struct({path: steps, entries: is.list(leaf(1), leaf(2)), other: is.maybe()}),
  },
  {
    name: 'a proof of no entries',
    codec: 'StatePrefixProof',
    piece: is.struct({path: steps, entries: is.list(), other: is.maybe(proven)}),
  },
];

export const NAMED: readonly Named[] = [...PROOFS, ...DATABASE, ...MESSAGES.map(named)];

/** Keys of §12.1 that are more than a prefix and a hash. */
export const KEYS: readonly {readonly name: string; readonly key: string}[] = [
  {
    name: 'events of height 17 from index 512 on',
    key: is.hex(keyOf(0x51, is.u64(17n), is.u32(512))),
  },
  {
    name: 'the miss of epoch 5',
    key: is.hex(keyOf(0x52, nodeId, is.u64(MAX_U64 - 5n))),
  },
  {name: 'the block of height 17', key: is.hex(keyOf(0x11, is.u64(17n)))},
];

function keyOf(prefix: number, ...parts: readonly Piece[]): Uint8Array {
  return is.join(Uint8Array.of(prefix), ...parts.map(({bytes}) => bytes));
}
