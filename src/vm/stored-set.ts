import {storedSetHash} from '../crypto/stored-set-hash.ts';
import {equalBytes, type Hash, ZERO_HASH} from '../protocol/bytes.ts';
import {CHUNK_BYTES} from '../protocol/chain/limits.ts';
import type {SwarmInEpoch} from '../protocol/chain/state-keys.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChainConfig} from './config.ts';

/** C: what commitments of one swarm and epoch are compared by. Chain-rules §4. */
export function commitmentOf(
  {networkId, chainId}: ChainConfig,
  {epoch, swarmId}: SwarmInEpoch,
  set: StoredSet,
): Hash {
  return storedSetHash({networkId, chainId, epoch, swarmId, set});
}

/** Numbers that no stored set can have are refused before they can become a majority. */
export function isPossibleSet({root, recordCount, chunkCount, bytes}: StoredSet): boolean {
  if (recordCount === 0n) {
    // End leaves alone give a root, but neither chunks nor bytes.
    return chunkCount === 0n && bytes === 0n;
  }
  if (equalBytes(root, ZERO_HASH)) return false;
  return chunkCount >= recordCount && bytes <= chunkCount * BigInt(CHUNK_BYTES);
}
