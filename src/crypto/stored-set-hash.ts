import type {Hash} from '../protocol/bytes.ts';
import {StoredSetClaim} from '../protocol/chain/storage-commitment.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import {hashStruct} from './hash.ts';

/** C: the value that commitments of one swarm and epoch are compared by. SPEC.md §7.1. */
export function storedSetHash(claim: StoredSetClaim): Hash {
  return hashStruct(HASH_TAG.storedSet, StoredSetClaim, claim);
}
