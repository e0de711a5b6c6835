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

/**
 * The most chunks that records of so many bytes have: one each, and every other takes 1024 bytes and one
 * more in the same record.
 */
function mostChunks({recordCount, bytes}: StoredSet): bigint {
  return bytes === 0n ? recordCount : recordCount + (bytes - 1n) / BigInt(CHUNK_BYTES);
}

/** Numbers that no stored set can have are refused before they can become a majority. */
export function isPossibleSet(set: StoredSet): boolean {
  const {root, recordCount, chunkCount, bytes} = set;
  if (recordCount === 0n) {
    // End leaves alone give a root, but neither chunks nor bytes.
    return chunkCount === 0n && bytes === 0n;
  }
  if (equalBytes(root, ZERO_HASH)) return false;
  if (chunkCount < recordCount || chunkCount > mostChunks(set)) return false;
  return bytes <= chunkCount * BigInt(CHUNK_BYTES);
}
