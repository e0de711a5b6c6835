import {ZERO_HASH} from '../../src/protocol/bytes.ts';
import type {StoredSet} from '../../src/protocol/chain/storage-commitment.ts';

/** What a node without a single record commits to. */
export const EMPTY_SET: StoredSet = {root: ZERO_HASH, recordCount: 0n, chunkCount: 0n, bytes: 0n};
