import {toBlockId, toHash, toNodeId} from '../../protocol/bytes.ts';
import {
  LEAVING,
  type Leaving,
  SEAT,
  type Seat,
  STATUS,
  type Status,
} from '../../protocol/chain/state-records.ts';
import {
  bool,
  type CodecValue,
  fixed,
  list,
  oneOf,
  optional,
  struct,
  u8,
  u16,
  u32,
  u64,
  union,
  versioned,
} from '../../protocol/codec.ts';

/**
 * Events as the plugin's database keeps them. SPEC.md §12. They never enter the state: only this
 * program reads them, and forgets them after a while.
 */

/** What changed of a node; bits of one mask, in the order of NODE_CHANGES. */
export const NODE_CHANGE = {
  registered: 1,
  removed: 2,
  status: 4,
  seat: 8,
  stake: 16,
  keys: 32,
  revoked: 64,
  maintenance: 128,
} as const;

const StoredNodeFacts = struct('StoredNodeFacts', {
  status: oneOf<Status>('status', Object.values(STATUS)),
  leaving: oneOf<Leaving>('leaving', Object.values(LEAVING)),
  seat: oneOf<Seat>('seat', Object.values(SEAT)),
  swarmId: u32,
  stake: u64,
});
export type StoredNodeFacts = CodecValue<typeof StoredNodeFacts>;

export const MEMBER_CHANGE = {joined: 0, serving: 1, left: 2} as const;
export type MemberChange = (typeof MEMBER_CHANGE)[keyof typeof MEMBER_CHANGE];

export const COUNT_CHANGE = {announced: 0, effective: 1} as const;
export type CountChange = (typeof COUNT_CHANGE)[keyof typeof COUNT_CHANGE];

/** Type ids are append-only. */
export const StoredEvent = union('StoredEvent', {
  block: {
    typeId: 0,
    codec: struct('block event', {
      parentId: fixed(toBlockId),
      stateRoot: fixed(toHash),
      txCount: u32,
      size: u32,
    }),
  },
  epochStarted: {
    typeId: 1,
    codec: struct('epoch started', {epoch: u64, dutyCount: u32, swarmExponent: u8}),
  },
  epochDrawn: {typeId: 2, codec: struct('epoch drawn', {epoch: u64, mix: fixed(toHash)})},
  majoritiesFixed: {
    typeId: 3,
    codec: struct('majorities fixed', {epoch: u64, swarmsWithoutMajority: u32}),
  },
  answersClosed: {typeId: 4, codec: struct('answers closed', {epoch: u64})},
  node: {
    typeId: 5,
    codec: struct('node event', {
      nodeId: fixed(toNodeId),
      changes: u16,
      before: optional(StoredNodeFacts),
      after: optional(StoredNodeFacts),
    }),
  },
  miss: {
    typeId: 6,
    codec: struct('miss event', {
      nodeId: fixed(toNodeId),
      epoch: u64,
      reasons: u16,
      burned: u64,
      paidByCredit: bool,
      excused: bool,
    }),
  },
  commitment: {
    typeId: 7,
    codec: struct('commitment event', {
      nodeId: fixed(toNodeId),
      epoch: u64,
      swarmId: u32,
      revision: u8,
      c: fixed(toHash),
    }),
  },
  swarmCount: {
    typeId: 8,
    codec: struct('swarm count', {
      change: oneOf<CountChange>('count change', Object.values(COUNT_CHANGE)),
      swarmExponent: u8,
    }),
  },
  swarmMember: {
    typeId: 9,
    codec: struct('swarm member', {
      change: oneOf<MemberChange>('member change', Object.values(MEMBER_CHANGE)),
      swarmId: u32,
      nodeId: fixed(toNodeId),
    }),
  },
  swarmRestarted: {typeId: 10, codec: struct('swarm restarted', {swarmId: u32})},
});
export type StoredEvent = CodecValue<typeof StoredEvent>;

/** Events of one block per entry of the database: what a replay holds in memory at one time. */
export const MAX_CHUNK_EVENTS = 512;

/** Events of one block in order, or a part of them. */
export const EventChunk = versioned(
  0,
  struct('EventChunk', {
    blockId: fixed(toBlockId),
    /** Unix ms. */
    timestamp: u64,
    events: list(StoredEvent, {maxLength: MAX_CHUNK_EVENTS}),
  }),
);
export type EventChunk = CodecValue<typeof EventChunk>;

/** What the database still tells of the past. */
export const HistoryBounds = versioned(
  0,
  struct('HistoryBounds', {
    /** Height from which on events are kept. */
    eventsFrom: u64,
    /** Height from which on misses are known. */
    missesFrom: u64,
    /** The last block that entered both. */
    newest: u64,
  }),
);
export type HistoryBounds = CodecValue<typeof HistoryBounds>;

/** One miss of one node in the index of misses. */
export const MissRecord = versioned(
  0,
  struct('MissRecord', {
    /** Height of the block that booked it. */
    height: u64,
    /** Bits of MISS_REASON. */
    reasons: u16,
    /** Base units. */
    burned: u64,
    paidByCredit: bool,
    excused: bool,
  }),
);
export type MissRecord = CodecValue<typeof MissRecord>;
