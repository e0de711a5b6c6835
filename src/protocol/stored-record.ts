import {equalBytes, toHash, toNodeId, toSessionId} from './bytes.ts';
import {
  type CodecValue,
  fixed,
  i16,
  list,
  optional,
  struct,
  u16,
  u32,
  u64,
  union,
  versioned,
} from './codec.ts';

/** Longest sealed message that an inbox takes, in bytes: Session's limit. */
export const MAX_RECORD_BYTES = 76_800;

/**
 * Admission stamp: given once, by the member that coordinated the write, and replicated as it is.
 * Ordered by its bytes: hybrid clock, then counter, then NodeID. SPEC.md §7.2.
 */
export const Stamp = struct('Stamp', {
  /** Hybrid logical clock of the coordinator, Unix ms. */
  clockMs: u64,
  /** Tells apart what one coordinator stamps within one ms. */
  counter: u16,
  coordinator: fixed(toNodeId),
});
export type Stamp = CodecValue<typeof Stamp>;

export function equalStamps(a: Stamp, b: Stamp): boolean {
  return (
    a.clockMs === b.clockMs && a.counter === b.counter && equalBytes(a.coordinator, b.coordinator)
  );
}

/**
 * Where an entry stands in its member's store and in the stored set. *Key order* is the order of
 * these 97 bytes as unsigned numbers: one inbox is contiguous, then one namespace, then time, so a
 * cursor is a key. (Namespaces are two's complement: 0 … 32767 come before −32768 … −1.)
 */
export const RecordKey = struct('RecordKey', {
  account: fixed(toSessionId),
  namespace: i16,
  stamp: Stamp,
  /** Message id; for an end leaf the id of the record that was ended. */
  id: fixed(toHash),
});
export type RecordKey = CodecValue<typeof RecordKey>;

/** Bytes of every encoded key. */
export const RECORD_KEY_BYTES = RecordKey.maxSize;

const RecordEntry = struct('RecordEntry', {
  /** Unix ms; the record counts while this lies after the cut-off. */
  expiryMs: u64,
  /** Bytes of the sealed message, at most 76 800. */
  size: u32,
  /** SHA-256 of the sealed message. */
  dataHash: fixed(toHash),
});

const EndEntry = struct('EndEntry', {
  /** Unix ms: until the receipted expiry of what was ended. */
  expiryMs: u64,
});

/**
 * What a stored set says of one key: a record, or the end of one before its receipted expiry.
 * Type ids are append-only.
 */
export const SetEntry = union('SetEntry', {
  record: {typeId: 0, codec: RecordEntry},
  end: {typeId: 1, codec: EndEntry},
});
export type SetEntry = CodecValue<typeof SetEntry>;

/** One leaf of the Merkle tree over a stored set: these bytes, in key order. SPEC.md §7.2. */
export const SetLeaf = struct('SetLeaf', {key: RecordKey, entry: SetEntry});
export type SetLeaf = CodecValue<typeof SetLeaf>;

/** Operations that one history keeps: far above what coordinators admit, as a stamped record is never dropped. */
export const MAX_HISTORY = 65_536;

/** Each changes a leaf once, by a merge, an extension or an end, and once more when it came too late. */
const MAX_VERSIONS = 2 * MAX_HISTORY;

/**
 * Value of an entry in a member's own database: what the leaf says from each instant on, oldest
 * first, so that a set at an earlier cut-off stays computable until it is judged. The message lies
 * under a second key. Local, so its version may move without the leaves.
 */
export const StoredEntry = versioned(
  1,
  struct('StoredEntry', {
    versions: list(
      struct('EntryVersion', {
        /** Unix ms: from cut-offs at this instant on. */
        sinceMs: u64,
        /** Absent: the leaf has ended. */
        entry: optional(SetEntry),
      }),
      {maxLength: MAX_VERSIONS},
    ),
  }),
);
export type StoredEntry = CodecValue<typeof StoredEntry>;
