import {hashStruct} from '../crypto/hash.ts';
import type {Hash} from '../protocol/bytes.ts';
import {CHALLENGE_CHUNKS} from '../protocol/chain/limits.ts';
import {ChallengeDraw} from '../protocol/chain/uptime-response.ts';
import {HASH_TAG} from '../protocol/domains.ts';

const WORD_BYTES = 8;
const WORDS = 1n << 64n;

function* words(key: Hash): Generator<bigint, never, undefined> {
  for (let counter = 0n; ; counter++) {
    const block = hashStruct(HASH_TAG.challengeDraw, ChallengeDraw, {key, counter});
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    for (let at = 0; at < block.length; at += WORD_BYTES) yield view.getBigUint64(at);
  }
}

/**
 * The 4 096 chunk numbers that a challenge key draws out of `chunkCount`, ascending, repeats kept.
 *
 * For counter = 0, 1, 2 …: SHA-256(tag ‖ key ‖ counter as u64) is read as four big-endian u64. A
 * word of at least 2^64 − (2^64 mod chunkCount) is skipped, so that every chunk is as likely as any
 * other; from another word the draw is word mod chunkCount. The first 4 096 draws count; a chunk may
 * be drawn more than once. SPEC.md §7.3.
 */
export function drawChunks(key: Hash, chunkCount: bigint): bigint[] {
  const limit = WORDS - (WORDS % chunkCount);
  const drawn: bigint[] = [];
  for (const word of words(key)) {
    if (word < limit) drawn.push(word % chunkCount);
    if (drawn.length === CHALLENGE_CHUNKS) break;
  }
  return drawn.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
