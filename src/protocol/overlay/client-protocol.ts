import {toChainId, toHash, toNodeId, toSessionId} from '../bytes.ts';
import {
  bool,
  bytes,
  type CodecValue,
  fixed,
  i16,
  list,
  oneOf,
  optional,
  struct,
  u8,
  u32,
  u64,
  union,
  utf8,
} from '../codec.ts';
import {MAX_RECORD_BYTES, Stamp} from '../stored-record.ts';
import {OwnerAuth} from './owner-auth.ts';
import {SignedPeerRecord} from './peer-record.ts';
import {SignedReceipt} from './receipt.ts';

/** Members of one swarm that an answer lists at most; k changes keep swarms near 10. */
export const MAX_MEMBERS = 64;
/** Ids that one request deletes at most. */
export const MAX_DELETE_IDS = 256;
/** Records, and bytes of their data, that one answer carries at most. */
export const MAX_PAGE_RECORDS = 1000;
export const MAX_PAGE_BYTES = 1_048_576;

const inbox = {account: fixed(toSessionId), namespace: i16} as const;
const data = bytes({maxLength: MAX_RECORD_BYTES});

/** Where a reader stands in one inbox and namespace: valid on every member. */
export const Cursor = struct('Cursor', {stamp: Stamp, id: fixed(toHash)});
export type Cursor = CodecValue<typeof Cursor>;

export const StoreParams = struct('StoreParams', {
  ...inbox,
  /** The sender's clock, Unix ms. */
  timestampMs: u64,
  /** Lifetime from `timestampMs`, in ms: 10 s to 14 days, 30 in the owner's own namespaces. */
  ttlMs: u64,
  /** The sealed message; the node never sees what is in it. */
  data,
});
export type StoreParams = CodecValue<typeof StoreParams>;

/** `one` asks this member alone; `quorum` lets it ask a majority first. */
export const CONSISTENCY = {one: 0, quorum: 1} as const;
export type Consistency = (typeof CONSISTENCY)[keyof typeof CONSISTENCY];

export const RetrieveParams = struct('RetrieveParams', {
  ...inbox,
  /** Records after this one; absent: from the oldest. */
  after: optional(Cursor),
  /** 1 … 1000. */
  maxRecords: u32,
  /** Bytes of data, at least one record whatever its size; at most 1 MiB. */
  maxBytes: u32,
  consistency: oneOf<Consistency>('consistency', Object.values(CONSISTENCY)),
});
export type RetrieveParams = CodecValue<typeof RetrieveParams>;

export const DeleteParams = struct('DeleteParams', {
  ...inbox,
  ids: list(fixed(toHash), {maxLength: MAX_DELETE_IDS}),
});
export type DeleteParams = CodecValue<typeof DeleteParams>;

export const WatchParams = struct('WatchParams', {
  ...inbox,
  /** Records after this one come first; absent: only new ones. */
  after: optional(Cursor),
});
export type WatchParams = CodecValue<typeof WatchParams>;

const Nothing = struct('Nothing', {});

/** What a client asks a service node. Type ids are append-only. SPEC.md §15.4. */
export const ClientRequest = union('ClientRequest', {
  info: {typeId: 0, codec: Nothing},
  getSwarm: {typeId: 1, codec: struct('GetSwarm', {account: fixed(toSessionId)})},
  store: {typeId: 2, codec: struct('Store', {params: StoreParams, auth: optional(OwnerAuth)})},
  retrieve: {
    typeId: 3,
    codec: struct('Retrieve', {params: RetrieveParams, auth: optional(OwnerAuth)}),
  },
  delete: {typeId: 4, codec: struct('Delete', {params: DeleteParams, auth: OwnerAuth})},
  watch: {typeId: 5, codec: struct('Watch', {params: WatchParams, auth: optional(OwnerAuth)})},
});
export type ClientRequest = CodecValue<typeof ClientRequest>;

export const NodeInfo = struct('NodeInfo', {
  networkId: u32,
  chainId: fixed(toChainId),
  nodeId: fixed(toNodeId),
  version: utf8({maxLength: 32}),
  /** The node's clock, Unix ms. */
  timeMs: u64,
  epoch: u64,
  /** undefined without a seat. */
  swarmId: optional(u32),
  swarmExponent: u8,
});
export type NodeInfo = CodecValue<typeof NodeInfo>;

const SwarmMember = struct('SwarmMember', {
  nodeId: fixed(toNodeId),
  /** Absent while nobody has heard where it is. */
  peer: optional(SignedPeerRecord),
});

/** The swarm of one inbox, as the answering node sees it. */
export const SwarmView = struct('SwarmView', {
  swarmId: u32,
  swarmExponent: u8,
  epoch: u64,
  members: list(SwarmMember, {maxLength: MAX_MEMBERS}),
});
export type SwarmView = CodecValue<typeof SwarmView>;

export const Stored = struct('Stored', {
  id: fixed(toHash),
  stamp: Stamp,
  expiryMs: u64,
  /** Of a majority at least, each of another member. */
  receipts: list(SignedReceipt, {maxLength: MAX_MEMBERS}),
});
export type Stored = CodecValue<typeof Stored>;

/** One record of an inbox. */
export const InboxRecord = struct('InboxRecord', {
  stamp: Stamp,
  id: fixed(toHash),
  expiryMs: u64,
  data,
});
export type InboxRecord = CodecValue<typeof InboxRecord>;

export const InboxPage = struct('InboxPage', {
  /** In order of stamp. */
  records: list(InboxRecord, {maxLength: MAX_PAGE_RECORDS}),
  /** More lie after the last of these. */
  more: bool,
});
export type InboxPage = CodecValue<typeof InboxPage>;

export const Deleted = struct('Deleted', {stamp: Stamp, members: u8});
export type Deleted = CodecValue<typeof Deleted>;

/** What a node answers: each variant to the request of the same number; `watch` as events. */
export const ClientAnswer = union('ClientAnswer', {
  info: {typeId: 0, codec: NodeInfo},
  getSwarm: {typeId: 1, codec: SwarmView},
  store: {typeId: 2, codec: Stored},
  retrieve: {typeId: 3, codec: InboxPage},
  delete: {typeId: 4, codec: Deleted},
  /** One event of a watch: what was stored since the last one. */
  watch: {typeId: 5, codec: InboxPage},
});
export type ClientAnswer = CodecValue<typeof ClientAnswer>;
