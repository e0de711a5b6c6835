import {createMerkleTree} from '../crypto/merkle.ts';
import {CHUNK_BYTES} from '../protocol/chain/limits.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import {encode} from '../protocol/codec.ts';
import {SetLeaf} from '../protocol/stored-record.ts';

/** Chunks of one message of `size` bytes: 1 KiB each, the last one shorter, at least one. */
export function chunksOf(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK_BYTES));
}

/**
 * What a set amounts to: the Merkle root over its encoded leaves, which come in key order, and how
 * much its records hold. End leaves count in the root alone. One pass over the entries, no message
 * is read; memory does not grow with the set. SPEC.md §7.2.
 */
export async function storedSetOf(leaves: AsyncIterable<SetLeaf>): Promise<StoredSet> {
  const tree = createMerkleTree();
  let recordCount = 0n;
  let chunkCount = 0n;
  let bytes = 0n;
  for await (const leaf of leaves) {
    tree.append(encode(SetLeaf, leaf));
    if (leaf.entry.type !== 'record') continue;
    recordCount += 1n;
    chunkCount += BigInt(chunksOf(leaf.entry.value.size));
    bytes += BigInt(leaf.entry.value.size);
  }
  return {root: tree.root(), recordCount, chunkCount, bytes};
}
