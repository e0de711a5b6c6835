import {toHash, ZERO_HASH} from '../../src/protocol/bytes.ts';
import type {StoredSet} from '../../src/protocol/chain/storage-commitment.ts';

/** What a node without a single record commits to. */
export const EMPTY_SET: StoredSet = {root: ZERO_HASH, recordCount: 0n, chunkCount: 0n, bytes: 0n};

/** The set of one record of ten bytes. */
export const ONE_RECORD_SET: StoredSet = {
  root: toHash(new Uint8Array(32).fill(9)),
  recordCount: 1n,
  chunkCount: 1n,
  bytes: 10n,
};
