import {toChainId, toHash} from '../bytes.ts';
import {bytes, type CodecValue, fixed, optional, struct, u32, u64} from '../codec.ts';
import {MAX_DISSENT_BYTES} from './limits.ts';

/** What a node says of its stored set at the cut-off. No key, leaf or byte of a record. SPEC.md §7.1. */
export const StoredSet = struct('StoredSet', {
  /** Merkle root of the leaves in key order; 32 zero bytes for no leaves. */
  root: fixed(toHash),
  recordCount: u64,
  /** 1 KiB chunks of all records, at least one each. */
  chunkCount: u64,
  /** Bytes of all records. */
  bytes: u64,
});
export type StoredSet = CodecValue<typeof StoredSet>;

/** Hashed under HASH_TAG.storedSet, this gives C: the value that commitments compare. */
export const StoredSetClaim = struct('StoredSetClaim', {
  networkId: u32,
  chainId: fixed(toChainId),
  epoch: u64,
  swarmId: u32,
  set: StoredSet,
});
export type StoredSetClaim = CodecValue<typeof StoredSetClaim>;

/** Duty of rounds A and B. SPEC.md §5.5. */
export const StorageCommitment = struct('StorageCommitment', {
  swarmId: u32,
  set: StoredSet,
  /** Preimage of the node's hash chain tip: in revision 0 only. */
  reveal: optional(fixed(toHash)),
  /** Doubted answers of the epoch before, one bit per member in NodeID order; may be empty. */
  dissent: bytes({maxLength: MAX_DISSENT_BYTES}),
});
export type StorageCommitment = CodecValue<typeof StorageCommitment>;
