import {toHash, toSessionId} from '../bytes.ts';
import {
  bool,
  bytes,
  type CodecValue,
  fixed,
  i16,
  list,
  optional,
  struct,
  u32,
  u64,
  union,
} from '../codec.ts';
import {MAX_RECORD_BYTES, RecordKey, SetLeaf, Stamp} from '../stored-record.ts';
import {Cursor, DeleteParams} from './client-protocol.ts';
import {OwnerAuth} from './owner-auth.ts';
import {SignedReceipt} from './receipt.ts';

/** Operations that one answer carries at most. */
export const MAX_OPERATIONS = 1000;
/** Stamps, leaves and ids that one page lists at most. */
export const MAX_LISTED = 4096;

/** A stored record; it expires at timestampMs + ttlMs. */
export const StoreOperation = struct('StoreOperation', {
  account: fixed(toSessionId),
  namespace: i16,
  timestampMs: u64,
  ttlMs: u64,
  content: union('StoreContent', {
    data: {typeId: 0, codec: bytes({maxLength: MAX_RECORD_BYTES})},
    /** In a pull alone: the record has ended and its bytes are gone; what is left of it. */
    ended: {
      typeId: 1,
      codec: struct('EndedContent', {id: fixed(toHash), size: u32, dataHash: fixed(toHash)}),
    },
  }),
  /** The owner's, with keys, where the namespace asks for it: members check it themselves. */
  auth: optional(OwnerAuth),
});

export type StoreOperation = CodecValue<typeof StoreOperation>;

export const DeleteOperation = struct('DeleteOperation', {params: DeleteParams, auth: OwnerAuth});
export type DeleteOperation = CodecValue<typeof DeleteOperation>;

/** A write as members pass it on: stamped once, by the member that coordinated it. SPEC.md §15.7. */
export const Operation = struct('Operation', {
  stamp: Stamp,
  body: union('OperationBody', {
    store: {typeId: 0, codec: StoreOperation},
    delete: {typeId: 1, codec: DeleteOperation},
  }),
});
export type Operation = CodecValue<typeof Operation>;

/** Stamps from one instant on, up to another: [fromMs, toMs], Unix ms. */
const Span = struct('Span', {fromMs: u64, toMs: u64});
export type Span = CodecValue<typeof Span>;

const OperationList = struct('OperationList', {
  operations: list(Operation, {maxLength: MAX_OPERATIONS}),
});

/** What a member asks another member of its swarm. Type ids are append-only. */
export const MemberRequest = union('MemberRequest', {
  /** Store this operation durably and answer a receipt. */
  write: {typeId: 0, codec: struct('Write', {epoch: u64, operation: Operation})},
  /** How many operations lie in the span, and the digest over their stamps. */
  digest: {typeId: 1, codec: Span},
  /** Stamps in the span, in order, after one. */
  stamps: {typeId: 2, codec: struct('ListStamps', {span: Span, after: optional(Stamp)})},
  /** Whole operations by stamp; unknown ones are left out. */
  operations: {
    typeId: 3,
    codec: struct('GetOperations', {stamps: list(Stamp, {maxLength: MAX_OPERATIONS})}),
  },
  /** What one inbox holds after a place: for quorum reads. */
  inbox: {
    typeId: 4,
    codec: struct('ListInbox', {
      account: fixed(toSessionId),
      namespace: i16,
      after: optional(Cursor),
      limit: u32,
    }),
  },
  /** Stamps of all operations on these ids of one inbox. */
  history: {
    typeId: 5,
    codec: struct('ListHistory', {
      account: fixed(toSessionId),
      namespace: i16,
      ids: list(fixed(toHash), {maxLength: MAX_LISTED}),
    }),
  },
  /** Leaves of the set that the member committed to in an epoch, in key order. */
  leaves: {
    typeId: 6,
    codec: struct('ListLeaves', {epoch: u64, c: fixed(toHash), after: optional(RecordKey)}),
  },
  /** Operations that the other member has not got, whenever they were stamped. */
  deliver: {typeId: 7, codec: OperationList},
});
export type MemberRequest = CodecValue<typeof MemberRequest>;

const StampList = struct('StampList', {
  stamps: list(Stamp, {maxLength: MAX_LISTED}),
  more: bool,
});

export const MemberAnswer = union('MemberAnswer', {
  /** A receipt for a store; none for a delete. */
  write: {typeId: 0, codec: struct('Written', {receipt: optional(SignedReceipt)})},
  digest: {typeId: 1, codec: struct('SpanDigest', {count: u32, digest: fixed(toHash)})},
  stamps: {typeId: 2, codec: StampList},
  operations: {
    typeId: 3,
    codec: struct('Operations', {
      operations: list(Operation, {maxLength: MAX_OPERATIONS}),
      more: bool,
    }),
  },
  inbox: {
    typeId: 4,
    codec: struct('InboxEntries', {
      entries: list(Cursor, {maxLength: MAX_LISTED}),
      more: bool,
    }),
  },
  history: {typeId: 5, codec: StampList},
  leaves: {
    typeId: 6,
    codec: struct('Leaves', {leaves: list(SetLeaf, {maxLength: MAX_LISTED}), more: bool}),
  },
  /** How many of them are on disk now; the others were refused. */
  deliver: {typeId: 7, codec: struct('Delivered', {count: u32})},
});
export type MemberAnswer = CodecValue<typeof MemberAnswer>;
