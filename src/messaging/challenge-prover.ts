import {createKeyedBlake3, hashStruct} from '../crypto/hash.ts';
import type {Hash} from '../protocol/bytes.ts';
import {CHALLENGE_CHUNKS, CHUNK_BYTES} from '../protocol/chain/limits.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import {ChallengeSeed} from '../protocol/chain/uptime-response.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import type {SetLeaf} from '../protocol/stored-record.ts';
import type {KeyValueReader} from '../storage/kv.ts';
import {drawChunks} from './chunk-draw.ts';
import {MessagingError} from './errors.ts';
import {readData} from './record-space.ts';
import {chunksOf} from './stored-set.ts';

export type Challenge = {
  /** W_e, leaf by leaf in key order. */
  readonly leaves: AsyncIterable<SetLeaf>;
  readonly seed: ChallengeSeed;
  /** Chunks of W_e, as the chain says. */
  readonly chunkCount: StoredSet['chunkCount'];
};

/** Chunk numbers to read, ascending: the drawn ones, or all of a small set. */
function chunksToRead(key: Hash, chunkCount: bigint): readonly bigint[] {
  if (chunkCount > CHALLENGE_CHUNKS) return drawChunks(key, chunkCount);
  return Array.from({length: Number(chunkCount)}, (_, index) => BigInt(index));
}

/**
 * Hands over the chunks of the given ascending numbers and answers how many there were. Entries are
 * passed over once; only records that hold a wanted chunk are read, one at a time.
 */
async function feedChunks(
  reader: KeyValueReader,
  {leaves, wanted}: {readonly leaves: Challenge['leaves']; readonly wanted: readonly bigint[]},
  take: (chunk: Uint8Array) => void,
): Promise<number> {
  let count = 0;
  let first = 0n;
  for await (const {key, entry} of leaves) {
    if (count === wanted.length) break;
    if (entry.type !== 'record') continue;
    const next = first + BigInt(chunksOf(entry.value.size));
    let data: Uint8Array | undefined;
    for (let index = wanted[count]; index !== undefined && index < next; index = wanted[count]) {
      data ??= await readData(reader, key, entry.value.size);
      const start = Number(index - first) * CHUNK_BYTES;
      take(data.subarray(start, start + CHUNK_BYTES));
      count += 1;
    }
    first = next;
  }
  return count;
}

/**
 * Proof of possession, chain-rules §5.1: BLAKE3 keyed by SHA-256(tag ‖ mix_e ‖ W_e ‖ NodeID) over the
 * drawn 1 KiB chunks of W_e in ascending order, one after the other; over all of them when there are
 * at most 4 096; over nothing when the set holds no record. SPEC.md §7.3.
 * @throws MessagingError MESSAGING_RECORD_DAMAGED, or MESSAGING_OTHER_SET when chunks are missing.
 */
export async function answerChallenge(
  reader: KeyValueReader,
  {leaves, seed, chunkCount}: Challenge,
): Promise<Hash> {
  const key = hashStruct(HASH_TAG.challenge, ChallengeSeed, seed);
  const wanted = chunksToRead(key, chunkCount);
  const digest = createKeyedBlake3(key);
  const found = await feedChunks(reader, {leaves, wanted}, (chunk) => digest.update(chunk));
  if (found !== wanted.length) {
    throw new MessagingError('MESSAGING_OTHER_SET', {wanted: wanted.length, found});
  }
  return digest.digest();
}
